//! tox, nox and pytest-django.

use std::path::Path;

use super::{assert_each_ran_once, blocks, plain, sh, shards};
use crate::ci_docs::{section, snippet};
use crate::pytest::shop::shop;
use crate::pytest::{Project, Python};

/// Lets the environment that a tool has made see the packages of this one.
fn lend_packages(project: &Project, environment: &str) {
    let packages = |folder: &Path| {
        let lib = fs_err::read_dir(folder.join("lib"))
            .unwrap()
            .next()
            .unwrap()
            .unwrap();
        lib.path().join("site-packages")
    };
    let ours = packages(project.python.bin.parent().unwrap());
    let theirs = packages(&project.root().join(environment));
    fs_err::write(theirs.join("lent.pth"), format!("{}\n", ours.display())).unwrap();
}

#[test]
fn tox_runs_a_shard_with_pass_env() {
    Python::with("recipes", |python| {
        let project = shop(python).file("requirements.txt", "# none\n");
        project.write("tox.ini", &snippet("recipes.md", "tox", "ini"));
        let plain = plain(&project, ".");
        sh(&project, "tox run -q -e tests --notest", &[]).ended_with(0);
        lend_packages(&project, ".tox/tests");
        let line = &blocks("tox", "sh")[0];
        assert_each_ran_once(&project, &plain, shards(&project, line, &[]));

        // Without pass_env in the file, and then with the one of the command line.
        let file = snippet("recipes.md", "tox", "ini");
        let (before, after) = file.split_once("pass_env").unwrap();
        let after = after.split_once("commands").unwrap().1;
        project.write("tox.ini", &format!("{before}commands{after}"));
        fs_err::remove_dir_all(project.root().join("results")).unwrap();
        for shard in shards(&project, line, &[]) {
            assert!(shard.stderr.contains("pass_env"), "{}", shard.talk());
            shard.ended_with(78);
        }
        let text = section("recipes.md", "tox");
        let other = text
            .split('`')
            .find(|t| t.starts_with("tox run -e tests -x"))
            .unwrap();
        let line = line.replace("tox run -e tests -- -q", other);
        assert_each_ran_once(&project, &plain, shards(&project, &line, &[]));
    });
}

#[test]
fn nox_runs_a_shard_as_it_is() {
    Python::with("recipes", |python| {
        let project = shop(python).file("requirements.txt", "# none\n");
        project.write("noxfile.py", &snippet("recipes.md", "nox", "python"));
        let plain = plain(&project, ".");
        sh(&project, "nox -s tests --install-only", &[]).ended_with(0);
        lend_packages(&project, ".nox/tests");
        // -R: the environment as it is, not a new one.
        let line = blocks("nox", "sh")[0].replace("nox -s", "nox -R -s");
        assert_each_ran_once(&project, &plain, shards(&project, &line, &[]));
    });
}

#[test]
fn django_runs_a_shard_as_it_is() {
    Python::with("recipes", |python| {
        let project = Project::new(python).with_installed_plugins().files(DJANGO);
        project.write("pytest.ini", &snippet("recipes.md", "pytest-django", "ini"));
        let recorded = "python -m pytest -q -p no:randomly --junitxml=junit/1.xml";
        sh(&project, recorded, &[]).ended_with(0);
        let plain = plain(&project, ".");
        assert!(plain.len() > 8, "{plain:?}");
        let line = &blocks("pytest-django", "sh")[0];
        assert_each_ran_once(&project, &plain, shards(&project, line, &[]));
        fs_err::remove_dir_all(project.root().join("results")).unwrap();
        let line = format!("{line} -n 2");
        assert_each_ran_once(&project, &plain, shards(&project, &line, &[]));
    });
}

const DJANGO: &[(&str, &str)] = &[
    ("manage.py", "import shop.settings\n"),
    ("shop/__init__.py", ""),
    (
        "shop/settings.py",
        "SECRET_KEY = 'x'\nINSTALLED_APPS = ['stock']\nUSE_TZ = True\n\
         DEFAULT_AUTO_FIELD = 'django.db.models.AutoField'\n\
         DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': 'shop.sqlite'}}\n",
    ),
    ("stock/__init__.py", ""),
    (
        "stock/models.py",
        "from django.db import models\n\nclass Item(models.Model):\n    name = models.CharField(max_length=9)\n",
    ),
    (
        "tests/test_items.py",
        "import pytest\nfrom stock.models import Item\n\n\
         @pytest.mark.django_db\n@pytest.mark.parametrize('n', range(4))\n\
         def test_create(n):\n    Item.objects.create(name=str(n))\n    assert Item.objects.count() == 1\n\n\
         @pytest.mark.django_db(transaction=True)\ndef test_transaction():\n    assert not Item.objects.exists()\n",
    ),
    (
        "tests/test_cases.py",
        "from django.test import TestCase, TransactionTestCase\nfrom stock.models import Item\n\n\
         class ItemCase(TestCase):\n    @classmethod\n    def setUpTestData(cls):\n        Item.objects.create(name='a')\n\n\
         \x20   def test_one(self):\n        self.assertEqual(Item.objects.count(), 1)\n\n\
         \x20   def test_two(self):\n        Item.objects.all().delete()\n\n\
         class SlowCase(TransactionTestCase):\n    def test_three(self):\n        self.assertFalse(Item.objects.exists())\n",
    ),
    (
        "tests/test_plain.py",
        "def test_plain(): pass\ndef test_more(): pass\n",
    ),
];
