import LambdaRuntime

/// How a file's body is cut into chunks.
enum ChunkPlan {
    /// Bytes of a chunk unless set: a ``wantedParallelism``-th of the file within these bounds. Small enough
    /// that its rows stay in a processor's cache while they are sorted, large enough that a task costs little.
    static let defaultChunkSizeBytes = 1 << 20...16 << 20
    /// Chunks of a file that is not large, so that as many workers have something to do to the end.
    static let wantedParallelism = 8
    /// Bytes of a chunk at most: a part's index counts bytes in 32 bits, and a row, which holds the
    /// hashes of its keys, can be ten times as long as the shortest record.
    static let maximumChunkSizeBytes = 256 << 20
    /// Chunks of a file unless their size is set; files past 160 GB get larger chunks.
    static let wantedChunks = 10_000
    /// Chunks of a file at most.
    static let maximumChunks = 100_000

    /// One empty range for a body without bytes: there is always a chunk that says so.
    /// - Parameter chunkSizeBytes: nil for what fits the size.
    /// - Throws: ``StepError`` `Sluice.TooManyChunks` when the size that was set makes too many.
    static func ranges(
        body: Range<Int>, chunkSizeBytes: Int?, file: String
    ) throws(StepError) -> [Range<Int>] {
        if body.isEmpty { return [body] }
        let fitting = max(
            defaultChunkSizeBytes.lowerBound,
            min(defaultChunkSizeBytes.upperBound, body.count / wantedParallelism + 1),
            body.count / wantedChunks + 1)
        let size = min(maximumChunkSizeBytes, max(1, chunkSizeBytes ?? fitting))
        let count = (body.count + size - 1) / size
        guard count <= maximumChunks else {
            throw StepError(
                errorName: ErrorName.tooManyChunks,
                cause: "\(file): chunks of \(size) bytes would be \(count), at most "
                    + "\(maximumChunks) are allowed; set a larger chunk size")
        }
        return (0..<count).map {
            let start = body.lowerBound + $0 * size
            return start..<min(start + size, body.upperBound)
        }
    }
}
