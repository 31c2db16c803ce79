import LambdaHost
import Glibc
import System

extension LoopbackServer {
    /// - Throws: ``CloudError`` that says what to do when the port is taken.
    static func listening(
        on port: UInt16, handler: @escaping LoopbackServer.Handler
    ) throws -> LoopbackServer {
        let result = Result { () throws(SystemError) in
            try LoopbackServer(port: port, handler: handler)
        }
        if case .failure(let error) = result, error.errno == EADDRINUSE {
            throw CloudError(
                .unavailable,
                "port \(port) of 127.0.0.1 is in use; choose another, or a free one with --port 0")
        }
        return try result.get()
    }
}
