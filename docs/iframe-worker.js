// Browsers start no worker for a page that is read from a folder, and the theme searches in one.
// There, the worker's script runs in a hidden frame instead.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      frame.srcdoc = "<!doctype html>";
      const started = new Promise((resolve) => {
        frame.onload = () => {
          const inside = frame.contentWindow;
          inside.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
          const script = frame.contentDocument.createElement("script");
          script.src = url;
          script.onload = () => resolve(inside);
          frame.contentDocument.head.append(script);
        };
      });
      this.postMessage = (data) =>
        started.then((inside) => inside.dispatchEvent(new MessageEvent("message", { data })));
      document.documentElement.append(frame);
    }
  };
}
