import JSON
import SQLite
import System

/// Reads the store beside the engine's thread: what has been committed.
final class StoreReader: Sendable {
    /// A connection and what answers need to know.
    final class View {
        let database: Database
        let region: String
        let account: String
        let clock: any Clock

        init(_ configuration: EngineConfiguration) throws(EngineError) {
            database = try Database(configuration.storePath, access: .readOnly)
            region = configuration.region
            account = configuration.account
            clock = configuration.clock
        }
    }

    private let view: Monitor<View>

    init(_ configuration: EngineConfiguration) throws(EngineError) {
        view = Monitor(try View(configuration))
    }

    /// One at a time.
    func read(_ body: (View) throws -> JSON) -> Result<JSON, any Error> {
        view.withLock { view in Result { try body(view) } }
    }
}
