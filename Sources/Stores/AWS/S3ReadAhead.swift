import AWSClient
import System

/// Fetches a range of a pinned version block by block, some blocks ahead of who reads it, so that
/// parsing and the network are busy at the same time.
///
/// Its threads end with the range, with the first error, or when ``stop()`` is called.
final class S3ReadAhead: Sendable {
    /// Blocks that are fetched or wait to be read at a time, each over a connection of its own: one
    /// connection to S3 carries some 90 MB/s.
    static let maximumBlocks = 16
    /// Large blocks cost fewer requests, many blocks use more connections. Together with
    /// ``maximumBlocks`` the bound of the memory: 128 MiB, and never more than the range.
    static let blockBytes = 1 << 20...8 << 20

    let range: Range<Int>
    private let blockBytes: Int
    private let fetch: @Sendable (Range<Int>, UnsafeMutableRawBufferPointer) -> StoreError?
    private let state: Monitor<State>

    private enum Block {
        case pending
        case fetching
        case ready([UInt8])
        case failed(StoreError)
        /// Read to its end, or passed over.
        case gone
    }

    private struct State {
        var blocks: [Block]
        var nextToFetch = 0
        /// All before it are gone.
        var firstKept = 0
        var isStopped = false
    }

    /// Starts to fetch.
    /// - Parameter fetch: reads exactly that range of the object into the memory.
    init(
        _ range: Range<Int>,
        fetch: @escaping @Sendable (Range<Int>, UnsafeMutableRawBufferPointer) -> StoreError?
    ) {
        self.range = range
        self.fetch = fetch
        let share = (range.count + Self.maximumBlocks - 1) / Self.maximumBlocks
        blockBytes = max(Self.blockBytes.lowerBound, min(Self.blockBytes.upperBound, share))
        let count = (range.count + blockBytes - 1) / blockBytes
        state = Monitor(State(blocks: Array(repeating: .pending, count: count)))
        for _ in 0..<min(count, Self.maximumBlocks) { _ = Thread { [self] in work() } }
    }

    /// Lets the threads go; a request that is under way is waited for by its thread alone.
    func stop() {
        state.withLock { state in
            state.isStopped = true
            for index in state.blocks.indices { state.blocks[index] = .gone }
        }
    }

    private func range(of index: Int) -> Range<Int> {
        let start = range.lowerBound + index * blockBytes
        return start..<min(start + blockBytes, range.upperBound)
    }

    private func work() {
        while let index = nextBlock() {
            let wanted = range(of: index)
            var failure: StoreError?
            let bytes = [UInt8](unsafeUninitializedCapacity: wanted.count) { buffer, count in
                failure = fetch(wanted, UnsafeMutableRawBufferPointer(buffer))
                count = failure == nil ? wanted.count : 0
            }
            state.withLock { state in
                // Passed over meanwhile, or nobody reads any more.
                guard case .fetching = state.blocks[index] else { return }
                if let failure {
                    state.blocks[index] = .failed(failure)
                    // The reader will not get further.
                    state.nextToFetch = state.blocks.count
                } else {
                    state.blocks[index] = .ready(bytes)
                }
            }
        }
    }

    /// Waits until a block may be fetched; nil when there is none any more.
    private func nextBlock() -> Int? {
        state.wait { state -> Int?? in
            if state.isStopped || state.nextToFetch >= state.blocks.count { return .some(nil) }
            guard state.nextToFetch < state.firstKept + Self.maximumBlocks else { return nil }
            let index = state.nextToFetch
            state.blocks[index] = .fetching
            state.nextToFetch += 1
            return .some(index)
        } ?? nil
    }

    /// Copies what lies at that offset, waiting for it when it is under way. What lies before it is
    /// let go.
    /// - Returns: the number of bytes, up to the end of a block; nil when they are not fetched here:
    ///   outside the range, or let go before.
    func read(
        at offset: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(StoreError) -> Int? {
        guard range.contains(offset), !buffer.isEmpty else { return nil }
        let index = (offset - range.lowerBound) / blockBytes
        state.withLock { state in
            for earlier in state.firstKept..<max(state.firstKept, index) {
                state.blocks[earlier] = .gone
            }
            state.firstKept = max(state.firstKept, index)
            state.nextToFetch = max(state.nextToFetch, state.firstKept)
        }
        let block = state.wait { state -> Block? in
            switch state.blocks[index] {
            case .pending where state.nextToFetch > index: return .gone
            case .pending, .fetching: return nil
            case let done: return done
            }
        }
        switch block {
        case .failed(let error)?: throw error
        case .ready(let bytes)?:
            let start = offset - range(of: index).lowerBound
            let count = min(buffer.count, bytes.count - start)
            bytes.withUnsafeBytes {
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[start..<start + count]))
            }
            if start + count == bytes.count {
                state.withLock { state in
                    state.blocks[index] = .gone
                    state.firstKept = max(state.firstKept, index + 1)
                }
            }
            return count
        default: return nil
        }
    }
}
