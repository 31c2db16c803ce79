import Glibc
package import LambdaHost
package import Pipeline

/// How the steps go about their work, as a user may set it.
package struct CloudSettings {
    package var chunkSizeBytes: Int?
    /// Processes of a function at a time.
    package var workers = Int(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    /// How long a set may stay incomplete; 24 hours, as on AWS, unless set.
    package var deadlineSeconds = 86_400
    /// Lines of a file that may be rejected before its step fails.
    package var allowedRejects = 0
    /// What stands between two fields.
    package var delimiter = ","
    /// What is set of the jobs' options.
    package var options = OptionValues()
    package var drills: [Drill] = []

    package init() {}
}
