import System
import Testing

@testable import Stores

/// The blocks that are fetched ahead, with an object that is made up.
@Suite struct S3ReadAheadTests {
    /// Tells what was fetched, and which byte lies at an offset.
    private final class Source: Sendable {
        let state = Monitor((running: 0, most: 0, fetched: [Range<Int>](), farthest: 0, done: 0))

        static func byte(at offset: Int) -> UInt8 { UInt8(truncatingIfNeeded: offset &* 31 >> 3) }

        func fetch(_ range: Range<Int>, _ buffer: UnsafeMutableRawBufferPointer) -> StoreError? {
            state.withLock { state in
                state.running += 1
                state.most = max(state.most, state.running)
                state.fetched.append(range)
                state.farthest = max(state.farthest, range.upperBound)
            }
            // The ends are enough to tell blocks from each other.
            for index in [0, range.count / 2, range.count - 1] {
                buffer[index] = Self.byte(at: range.lowerBound + index)
            }
            state.withLock {
                $0.running -= 1
                $0.done += 1
            }
            return nil
        }
    }

    @Test func `no more than sixteen blocks are ahead, and each is fetched once`() throws {
        let source = Source()
        let block = S3ReadAhead.blockBytes.upperBound
        let range = 5..<(5 + block * 20 + 77)
        let ahead = S3ReadAhead(range) { source.fetch($0, $1) }
        var window = [UInt8](repeating: 0, count: block)
        var at = range.lowerBound
        while at < range.upperBound {
            let kept = (at - range.lowerBound) / block
            let count = try #require(
                try window.withUnsafeMutableBytes { try ahead.read(at: at, into: $0) })
            #expect(window[0] == Source.byte(at: at))
            #expect(window[count - 1] == Source.byte(at: at + count - 1))
            let farthest = source.state.withLock { $0.farthest }
            // The block just read has made room for one more.
            let allowed = kept + 1 + S3ReadAhead.maximumBlocks
            #expect(farthest <= range.lowerBound + allowed * block)
            at += count
        }
        let state = source.state.withLock { $0 }
        #expect(state.most <= S3ReadAhead.maximumBlocks)
        #expect(state.fetched.count == 21)
        #expect(Set(state.fetched).count == 21)
        // What was let go is not fetched again here.
        #expect(try window.withUnsafeMutableBytes { try ahead.read(at: 5, into: $0) } == nil)
        #expect(try window.withUnsafeMutableBytes { try ahead.read(at: 0, into: $0) } == nil)
    }

    @Test func `a jump forward passes over what lies between`() throws {
        let source = Source()
        let block = S3ReadAhead.blockBytes.upperBound
        let ahead = S3ReadAhead(0..<block * 40) { source.fetch($0, $1) }
        var byte: [UInt8] = [0]
        for target in [0, 30, 39] {
            let count = try byte.withUnsafeMutableBytes {
                try ahead.read(at: target * block, into: $0)
            }
            #expect(count == 1 && byte[0] == Source.byte(at: target * block))
        }
        #expect(source.state.withLock { $0.fetched.count } < 40)
        ahead.stop()
    }

    @Test func `a failure is thrown where it is met, and ends the fetching`() throws {
        let failure = StoreError(.unavailable, "no", subject: "s")
        let count = Monitor(0)
        let block = S3ReadAhead.blockBytes.lowerBound
        let ahead = S3ReadAhead(0..<block * 10) { range, _ in
            count.withLock { $0 += 1 }
            return range.lowerBound == block ? failure : nil
        }
        var byte: [UInt8] = [0]
        #expect(try byte.withUnsafeMutableBytes { try ahead.read(at: 0, into: $0) } == 1)
        let error = #expect(throws: StoreError.self) {
            try byte.withUnsafeMutableBytes { try ahead.read(at: block, into: $0) }
        }
        #expect(error == failure)
        #expect(count.withLock { $0 } <= 10)
    }

    @Test func `who stops reading waits for nobody`() throws {
        let gate = Monitor(false)
        let begun = Monitor(0)
        let ahead = S3ReadAhead(0..<(64 << 20)) { _, _ in
            begun.withLock { $0 += 1 }
            _ = gate.wait { $0 ? true : nil }
            return nil
        }
        _ = begun.wait { $0 == S3ReadAhead.maximumBlocks ? true : nil }
        ahead.stop()
        var byte: [UInt8] = [0]
        #expect(try byte.withUnsafeMutableBytes { try ahead.read(at: 0, into: $0) } == nil)
        gate.withLock { $0 = true }
    }
}
