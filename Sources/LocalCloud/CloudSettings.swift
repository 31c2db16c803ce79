import Glibc
package import LambdaHost

/// How the steps go about their work, as a user may set it.
package struct CloudSettings {
    package var chunkSizeBytes: Int?
    /// Processes of a function at a time.
    package var workers = Int(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    /// How long a set may stay incomplete; 24 hours, as on AWS, unless set.
    package var deadlineSeconds = 86_400
    /// Bad records that a file may have before its step fails.
    package var allowedRejects = 0
    /// What stands between two fields.
    package var delimiter = ","
    /// Whether `emit` also keeps an item per customer in the home's tables.
    package var keepsCustomersTable = false
    package var drills: [Drill] = []

    package init() {}
}
