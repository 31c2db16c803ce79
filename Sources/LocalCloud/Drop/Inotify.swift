import Glibc
package import System

/// What the system tells of directories: inotify(7).
package final class Inotify: Sendable {
    package struct Event: Sendable {
        /// Which directory, as ``watch(_:)`` named it; -1 when events were lost.
        package var directory: Int32
        package var mask: UInt32
        /// The name in that directory; empty when the directory itself is meant.
        package var name: String

        package func has(_ bit: Int32) -> Bool { mask & UInt32(bit) != 0 }
    }

    /// Names come and go, files are closed after writing, directories appear.
    private static let mask = UInt32(
        IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_ONLYDIR | IN_DONT_FOLLOW
            | IN_EXCL_UNLINK)

    private let events: Int32
    /// A pipe, written to when nobody is to wait any longer.
    private let stopping: (read: Int32, write: Int32)

    package init() throws(SystemError) {
        let events = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
        guard events != -1 else { throw SystemError("inotify_init1", "") }
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            let code = errno
            close(events)
            throw SystemError("pipe", "", errno: code)
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        self.events = events
        stopping = (ends[0], ends[1])
    }

    deinit {
        close(events)
        close(stopping.read)
        close(stopping.write)
    }

    /// - Returns: the directory's name in events; the one it has when it is watched already.
    package func watch(_ path: String) throws(SystemError) -> Int32 {
        try retryingInterrupts("inotify_add_watch", path) {
            inotify_add_watch(events, path, Self.mask)
        }
    }

    func forget(_ directory: Int32) { inotify_rm_watch(events, directory) }

    /// Lets ``next(timeoutMilliseconds:)`` return nil from now on.
    package func stop() {
        var one: UInt8 = 1
        _ = write(stopping.write, &one, 1)
    }

    /// Waits for events.
    /// - Parameter timeoutMilliseconds: -1 waits for ever.
    /// - Returns: an empty list when the time has passed; nil after ``stop()``.
    package func next(timeoutMilliseconds: Int32) throws(SystemError) -> [Event]? {
        var polled = [
            pollfd(fd: events, events: Int16(POLLIN), revents: 0),
            pollfd(fd: stopping.read, events: Int16(POLLIN), revents: 0),
        ]
        guard poll(&polled, 2, timeoutMilliseconds) >= 0 else {
            if errno == EINTR { return [] }
            throw SystemError("poll", "inotify")
        }
        if polled[1].revents != 0 { return nil }
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = read(events, &buffer, buffer.count)
        guard count > 0 else {
            if count == 0 || errno == EAGAIN || errno == EINTR { return [] }
            throw SystemError("read", "inotify")
        }
        return Self.parse(buffer[..<count])
    }

    /// A sequence of `struct inotify_event`: wd, mask, cookie, len, then len bytes of name and padding.
    private static func parse(_ bytes: ArraySlice<UInt8>) -> [Event] {
        var list: [Event] = []
        var at = bytes.startIndex
        while at + 16 <= bytes.endIndex {
            let length = Int(number(bytes, at + 12))
            let name = bytes[(at + 16)...].prefix(length).prefix { $0 != 0 }
            list.append(
                Event(
                    directory: Int32(bitPattern: number(bytes, at)), mask: number(bytes, at + 4),
                    name: String(decoding: name, as: UTF8.self)))
            at += 16 + length
        }
        return list
    }

    private static func number(_ bytes: ArraySlice<UInt8>, _ at: Int) -> UInt32 {
        bytes[at..<at + 4].withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) }
    }
}
