/// What a run has used of AWS, or would have, counted from its size.
///
/// Of the functions' time only that of the Maps' children is known; the others take milliseconds. Failed
/// attempts, redrives and whoever reads the results are not counted.
struct RunUsage: Sendable, Hashable {
    /// One of the set's files.
    struct File: Sendable, Hashable {
        var sizeBytes: Int
        var chunks: Int
        /// Chunks that were read a second time.
        var reparsedChunks: Int
    }

    var files: [File]
    /// Tasks of each stage.
    var stageTasks: [Int]
    /// What the job knows of its stages.
    var stages: StageUsage
    /// Memory of a function times its duration, summed: megabytes times milliseconds.
    var megabyteMilliseconds: Int

    private var chunkTasks: Int { files.reduce(0) { $0 + $1.chunks + $1.reparsedChunks } }
    private var reparsedFiles: Int { files.count { $0.reparsedChunks > 0 } }
    /// Tasks that run as children of a distributed Map.
    private var children: Int { chunkTasks + stageTasks.reduce(0, +) }
    /// A job of one file starts when the file is there; others wait for theirs.
    private var waitsForFiles: Bool { files.count > 1 }

    /// States that were entered, those of the Maps' children too.
    var stateTransitions: Int {
        // Await, Validate, Parse, Seal, Choice, Received; Reparse, Seal, Choice.
        let receiving = files.count * (waitsForFiles ? 6 : 5) + reparsedFiles * 3
        // ReceiveFileSet, SealFileSet, the stages, Summarise.
        return receiving + 3 + stageTasks.count + children
    }

    var lambdaRequests: Int {
        // arrive: a file is there, a state waits for it; validate; seal.
        let receiving = files.count * (waitsForFiles ? 4 : 3) + reparsedFiles
        // arrive hears of the end; the set is sealed; the summary.
        return receiving + 3 + children
    }

    /// Part and report of each chunk, the tasks' reports; of each file its plan, its manifest, what is
    /// known of it and the results of its Map; the stages' manifests and results; the summary.
    var putRequests: Int {
        2 * chunkTasks + stageTasks.reduce(0, +) + 5 * files.count + 4 * stageTasks.count + 1
            + stages.putRequests
    }

    /// Input by ranges, plans, reports.
    var getRequests: Int {
        let ranges = files.reduce(0) { $0 + $1.sizeBytes >> 23 } + chunkTasks + files.count
        return ranges + 2 * chunkTasks + 4 * files.count + stageTasks.reduce(0, +) + 10
            + stages.getRequests
    }

    var queueRequests: Int { stages.queueRequests }
}
