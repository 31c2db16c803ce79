import Glibc
import System

/// Keeps files that are put into the drop bucket together from being told of one by one: a run takes the
/// set's other files as they are, so one of two corrected files alone would start a run with the other's
/// old version.
///
/// A lock of the system's on a file of the home: shared by those who put files there, gone with them
/// however they end.
package struct DropGate {
    /// Whoever takes longer to put its files is not waited for.
    static let patienceSeconds = 10

    let home: Home

    package init(home: Home) { self.home = home }

    /// Puts files into the bucket while nobody is told of any.
    package func holding<Value>(_ body: () throws -> Value) throws -> Value {
        try FileSystem.makeDirectory(home.path)
        let file = try File(home.dropping, flags: O_RDWR | O_CREAT | O_CLOEXEC)
        try retryingInterrupts("flock", file.path) { flock(file.descriptor, LOCK_SH) }
        // Closed, and so let go, with its last reference.
        return try withExtendedLifetime(file, body)
    }

    /// Waits until nobody is putting files there, and looks while nobody can begin to.
    func free<Value>(_ body: () -> Value) -> Value {
        guard let file = try? File(home.dropping, flags: O_RDWR | O_CREAT | O_CLOEXEC) else {
            return body()
        }
        let until = monotonicNanoseconds() + Self.patienceSeconds * 1_000_000_000
        while flock(file.descriptor, LOCK_EX | LOCK_NB) != 0, monotonicNanoseconds() < until {
            usleep(2000)
        }
        return withExtendedLifetime(file, body)
    }
}
