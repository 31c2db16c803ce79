#if canImport(Glibc)
import Glibc
#endif
import Synchronization

/// A thread of the operating system. It runs to the end of its body, whether anybody keeps this or not.
///
/// What the system keeps of a thread that has ended is let go when it is joined, or else with the last
/// reference to this: a process may have some 32,000 of them, so none must be forgotten.
public final class Thread: Sendable {
    private let handle: pthread_t
    private let isJoined = Atomic(false)

    /// Starts a thread.
    /// - Parameter stackBytes: size of its stack.
    public init(stackBytes: Int = 1 << 20, _ body: @escaping @Sendable () -> Void) {
        final class Start {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, stackBytes)
        var handle = pthread_t()
        let argument = Unmanaged.passRetained(Start(body)).toOpaque()
        let code = pthread_create(
            &handle, &attributes,
            { argument in
                Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue().body()
                return nil
            }, argument)
        precondition(code == 0, "pthread_create: \(String(cString: strerror(code)))")
        pthread_attr_destroy(&attributes)
        self.handle = handle
    }

    /// Waits until the thread has ended; the first call does, others return at once.
    public func join() {
        if !isJoined.exchange(true, ordering: .acquiringAndReleasing) { pthread_join(handle, nil) }
    }

    deinit {
        if !isJoined.load(ordering: .acquiring) { pthread_detach(handle) }
    }
}

/// A value behind a lock, with a condition to wait for its changes.
public final class Monitor<Value>: @unchecked Sendable {
    // The mutex and the condition need a fixed address, hence the allocation.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var value: Value

    public init(_ value: sending Value) {
        self.value = value
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        pthread_cond_destroy(condition)
        mutex.deallocate()
        condition.deallocate()
    }

    /// Works on the value alone and wakes those who wait.
    public func withLock<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer {
            pthread_cond_broadcast(condition)
            pthread_mutex_unlock(mutex)
        }
        return try body(&value)
    }

    /// Waits until `body` returns a value; it is asked again after every change.
    /// - Parameter untilNanoseconds: give up at this time of ``monotonicNanoseconds()``; nil waits for ever.
    /// - Returns: what `body` returned; nil when the time has passed.
    public func wait<Result>(
        untilNanoseconds: Int? = nil, _ body: (inout Value) -> Result?
    ) -> Result? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&value) {
                pthread_cond_broadcast(condition)
                return result
            }
            guard let untilNanoseconds else {
                pthread_cond_wait(condition, mutex)
                continue
            }
            var deadline = timespec(
                tv_sec: untilNanoseconds / 1_000_000_000, tv_nsec: untilNanoseconds % 1_000_000_000)
            if pthread_cond_timedwait(condition, mutex, &deadline) == ETIMEDOUT {
                return body(&value)
            }
        }
    }
}

/// A queue between threads: many put in, one or more take out, in order.
public final class Mailbox<Message: Sendable>: Sendable {
    private let state = Monitor<(messages: [Message], isClosed: Bool)>(([], false))

    public init() {}

    /// Appends a message; after ``close()`` it is dropped.
    public func put(_ message: Message) {
        state.withLock { if !$0.isClosed { $0.messages.append(message) } }
    }

    /// Takes all that is there, waiting until there is something or the time has passed.
    /// - Returns: an empty list when the time has passed; nil when the mailbox is closed and empty.
    public func takeAll(untilNanoseconds: Int? = nil) -> [Message]? {
        state.wait(untilNanoseconds: untilNanoseconds) { state -> [Message]?? in
            if state.messages.isEmpty { return state.isClosed ? .some(nil) : nil }
            defer { state.messages = [] }
            return .some(state.messages)
        } ?? []
    }

    /// Lets takers go once the mailbox is empty.
    public func close() { state.withLock { $0.isClosed = true } }
}
