import System

extension LocalMessageQueue {
    /// A file of messages.
    public struct Segment: Sendable, Hashable {
        /// Its path below the queue's directory, `customer-messages/20240105-1/00003.jsonl` say.
        public var name: String
        public var path: String
        public var sizeBytes: Int
    }

    /// The segments there are, sorted by name.
    public func segments() throws(StoreError) -> [Segment] {
        var found: [Segment] = []
        do throws(SystemError) {
            if try FileStatus(of: directory) != nil { try collect("", &found) }
        } catch { throw StoreError(error, subject: directory) }
        return found.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    private func collect(_ start: String, _ found: inout [Segment]) throws(SystemError) {
        for name in try FileSystem.names(in: directory + "/" + start) {
            let path = directory + "/" + start + name
            guard let status = try FileStatus(of: path) else { continue }
            if status.isDirectory {
                try collect(start + name + "/", &found)
            } else if status.isRegularFile, name.hasSuffix(".jsonl") {
                found.append(
                    Segment(name: start + name, path: path, sizeBytes: status.sizeBytes))
            }
        }
    }

    /// Visits the complete lines of a segment, without their line feeds.
    /// - Parameters:
    ///   - offset: where to begin: 0, or what an earlier call returned.
    ///   - body: gets one line, valid during the call; false ends the reading behind this line.
    /// - Returns: the offset behind the last line that was visited.
    @discardableResult
    public func forEachLine(
        in segment: Segment, from offset: Int = 0, _ body: (UnsafeRawBufferPointer) -> Bool
    ) throws(StoreError) -> Int {
        do throws(SystemError) {
            let file = try File(reading: segment.path)
            var block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
            defer { block.deallocate() }
            var at = offset
            while true {
                let count = try file.read(at: at, into: block)
                var start = 0
                while let length = block[start..<count].firstIndex(of: 0x0A).map({ $0 - start }) {
                    let line = UnsafeRawBufferPointer(rebasing: block[start..<(start + length)])
                    start += length + 1
                    if !body(line) { return at + start }
                }
                at += start
                if count < block.count { return at }
                if start == 0 {
                    // One line fills it all.
                    let larger = UnsafeMutableRawBufferPointer.allocate(
                        byteCount: 2 * block.count, alignment: 16)
                    block.deallocate()
                    block = larger
                }
            }
        } catch { throw StoreError(error, subject: segment.path) }
    }
}
