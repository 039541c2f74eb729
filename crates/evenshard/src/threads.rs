//! Work on all processors.

/// The results of `of` in the order of the items, worked out on all processors; they do not
/// depend on how many there are.
pub fn side_by_side<T: Sync, R: Send>(items: &[T], of: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let of = &of;
    // Items get larger in many lists: every thread takes some of all sizes.
    let share = |thread: usize| {
        let own = items.iter().enumerate().skip(thread).step_by(threads);
        own.map(|(at, item)| (at, of(item))).collect::<Vec<_>>()
    };
    let mut found = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads.min(items.len()))
            .map(|thread| scope.spawn(move || share(thread)))
            .collect();
        let joined = running.into_iter().map(std::thread::ScopedJoinHandle::join);
        let own = joined.map(|own| own.unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        own.flatten().collect::<Vec<_>>()
    });
    // Threads end in any order.
    found.sort_by_key(|&(at, _)| at);
    found.into_iter().map(|(_, result)| result).collect()
}
