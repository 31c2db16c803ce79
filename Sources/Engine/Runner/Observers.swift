import JSON
import System

// A closure that is kept in a generic box, as in Monitor<(() -> Void)?>, is wrapped into two more
// closures each time the box lends it out: calls get dearer, until the stack is full. So each has a
// class of its own here, and the box holds a reference.

/// Who is told of every committed history event.
final class EventObserver: Sendable {
    typealias Handler = @Sendable (_ executionARN: String, _ event: JSON) -> Void

    private final class Held: Sendable {
        let handler: Handler
        init(_ handler: @escaping Handler) { self.handler = handler }
    }

    private let held = Monitor<Held?>(nil)

    /// Whether anybody is told.
    var isSet: Bool { held.withLock { $0 != nil } }

    /// In the place of the one before; nil for nobody.
    func set(_ handler: Handler?) {
        let new = handler.map(Held.init)
        held.withLock { $0 = new }
    }

    /// Calls whoever is set, outside of the lock.
    func tell(_ events: some Sequence<(executionARN: String, event: JSON)>) {
        guard let held = held.withLock({ $0 }) else { return }
        for (arn, event) in events { held.handler(arn, event) }
    }
}

/// For tests with a clock moved by hand: who is told the only time that can bring anything new.
final class IdleObserver: Sendable {
    typealias Handler = @Sendable (Timestamp) -> Void

    private final class Held: Sendable {
        let handler: Handler
        init(_ handler: @escaping Handler) { self.handler = handler }
    }

    private let held = Monitor<Held?>(nil)

    func set(_ handler: Handler?) {
        let new = handler.map(Held.init)
        held.withLock { $0 = new }
    }

    func tell(_ next: Timestamp) { held.withLock { $0 }?.handler(next) }
}
