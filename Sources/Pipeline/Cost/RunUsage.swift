/// What a run has used of AWS, or would have, counted from its size.
///
/// Of the functions' time only that of `parse-chunk`, `aggregate` and `emit` is known; the others take
/// milliseconds. Failed attempts, redrives and whoever reads the queue are not counted.
struct RunUsage: Sendable, Hashable {
    /// One of the three files.
    struct File: Sendable, Hashable {
        var sizeBytes: Int
        var chunks: Int
        /// Chunks that were read a second time.
        var reparsedChunks: Int
    }

    var files: [File]
    var aggregateTasks: Int
    /// Messages of each task of `emit`.
    var messages: [Int]
    /// Items that were written to the table of customers; 0 without one.
    var customerItems = 0
    /// Memory of a function times its duration, summed: megabytes times milliseconds.
    var megabyteMilliseconds: Int

    private var chunkTasks: Int { files.reduce(0) { $0 + $1.chunks + $1.reparsedChunks } }
    private var reparsedFiles: Int { files.count { $0.reparsedChunks > 0 } }
    private var emitTasks: Int { messages.count }
    /// Tasks that run as children of a distributed Map.
    private var children: Int { chunkTasks + aggregateTasks + emitTasks }

    /// States that were entered, those of the Maps' children too.
    var stateTransitions: Int {
        // Await, Validate, Parse, Seal, Choice, Received; Reparse, Seal, Choice.
        let receiving = files.count * 6 + reparsedFiles * 3
        // ReceiveFileSet, SealFileSet, AggregateOrders, EmitMessages, Summarise.
        return receiving + 5 + children
    }

    var lambdaRequests: Int {
        // arrive: a file is there, a state waits for it; validate; seal.
        let receiving = files.count * 4 + reparsedFiles
        // arrive hears of the end; the set is sealed; the summary.
        return receiving + 3 + children
    }

    /// Part and report of each task, manifests, what is known of files, checkpoints, results of Maps.
    var putRequests: Int {
        let groups = messages.reduce(0) { $0 + Self.groups($1) }
        return 2 * (chunkTasks + aggregateTasks) + emitTasks + groups + 2 * files.count + 3
            + 3 * (files.count + 2)
    }

    /// Input by ranges, reports and parts: of each part its version, header, index and rows.
    var getRequests: Int {
        let ranges = files.reduce(0) { $0 + $1.sizeBytes >> 23 } + chunkTasks + files.count
        let parts = files.reduce(0) { $0 + $1.chunks }
        let joins =
            aggregateTasks * (2 + 4 * parts) + emitTasks * (2 + 5 * (parts + aggregateTasks))
        return ranges + chunkTasks + 2 * files.count + joins + aggregateTasks + emitTasks + 10
    }

    /// Batches of ten; ten messages are less than 64 KB.
    var queueRequests: Int {
        messages.reduce(0) { count, messages in
            let full = messages / Emit.groupMessages
            let rest = messages % Emit.groupMessages
            return count + full * Self.batches(Emit.groupMessages) + Self.batches(rest)
        }
    }

    private static func batches(_ messages: Int) -> Int { (messages + 9) / 10 }
    private static func groups(_ messages: Int) -> Int {
        (messages + Emit.groupMessages - 1) / Emit.groupMessages
    }
}
