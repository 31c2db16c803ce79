/// A Lambda function that is an executable on this machine.
public struct HostedFunction: Sendable {
    public var name: String
    /// Path of the executable, which speaks the Lambda Runtime API.
    public var executable: String
    /// What its processes get besides the variables that AWS Lambda itself sets.
    public var environment: [String: String]
    /// An invocation that takes longer ends with its process.
    public var timeoutSeconds: Double
    /// How many processes there may be at once; further invocations wait for one of them.
    public var maximumConcurrency: Int
    /// Told to the function, not enforced.
    public var memoryMegabytes: Int
    /// A process that is idle for longer is ended.
    public var idleSeconds: Double

    public init(
        name: String, executable: String, environment: [String: String] = [:],
        timeoutSeconds: Double, maximumConcurrency: Int, memoryMegabytes: Int = 1769,
        idleSeconds: Double = 300
    ) {
        self.name = name
        self.executable = executable
        self.environment = environment
        self.timeoutSeconds = timeoutSeconds
        self.maximumConcurrency = max(1, maximumConcurrency)
        self.memoryMegabytes = memoryMegabytes
        self.idleSeconds = idleSeconds
    }
}
