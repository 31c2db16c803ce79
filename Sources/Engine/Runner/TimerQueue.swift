import System

/// When to wake which flow, earliest first: a binary heap. Entries are never taken back; a flow
/// that is woken without need goes on waiting.
struct TimerQueue {
    struct Entry {
        let at: Timestamp
        /// The execution's row.
        let execution: Int
        let flow: Int
    }

    private var heap: [Entry] = []

    var next: Timestamp? { heap.first?.at }

    mutating func add(_ entry: Entry) {
        heap.append(entry)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].at < heap[parent].at else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes out the earliest entry when its time has come.
    mutating func popDue(at now: Timestamp) -> Entry? {
        guard let first = heap.first, first.at <= now else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return first }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && heap[child].at < heap[least].at {
                least = child
            }
            if least == parent { return first }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
