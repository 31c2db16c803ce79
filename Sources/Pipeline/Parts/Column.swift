#if canImport(Glibc)
import Glibc
#endif

/// A growing list of plain values without reference counting or uniqueness checks.
struct Column<Element: BitwiseCopyable>: ~Copyable {
    private(set) var start: UnsafeMutablePointer<Element>
    private(set) var count = 0
    private var capacity = 0

    init() { start = UnsafeMutablePointer(bitPattern: MemoryLayout<Element>.alignment)! }

    deinit { if capacity > 0 { free(start) } }

    @inline(__always) mutating func append(_ element: Element) {
        if count == capacity { grow(to: count &+ 1) }
        (start + count).initialize(to: element)
        count &+= 1
    }

    mutating func append(contentsOf elements: UnsafeBufferPointer<Element>) {
        if count + elements.count > capacity { grow(to: count + elements.count) }
        if let source = elements.baseAddress {
            (start + count).initialize(from: source, count: elements.count)
        }
        count += elements.count
    }

    /// Makes the list that many times the element.
    mutating func fill(_ element: Element, count: Int) {
        if count > capacity { grow(to: count) }
        start.initialize(repeating: element, count: count)
        self.count = count
    }

    mutating func removeAll() { count = 0 }

    mutating func removeLast(_ count: Int) {
        precondition(0...self.count ~= count)
        self.count -= count
    }

    /// In bounds: callers count their rows; debug builds check.
    @inline(__always) subscript(index: Int) -> Element {
        get {
            assert(index >= 0 && index < count)
            return start[index]
        }
        set {
            assert(index >= 0 && index < count)
            start[index] = newValue
        }
    }

    /// realloc(3), which moves large lists by moving their pages.
    @inline(never) private mutating func grow(to wanted: Int) {
        let newCapacity = max(wanted, capacity * 2, 4096 / MemoryLayout<Element>.stride)
        let old = capacity > 0 ? UnsafeMutableRawPointer(start) : nil
        guard let new = realloc(old, newCapacity * MemoryLayout<Element>.stride) else {
            fatalError("out of memory")
        }
        start = new.assumingMemoryBound(to: Element.self)
        capacity = newCapacity
    }
}
