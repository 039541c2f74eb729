//! Real reports of many producers, judged by an independent oracle; only where they are.
