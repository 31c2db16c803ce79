import Synchronization
import System

#if canImport(Glibc)
import Glibc
#endif

/// A queue as a directory: one JSON Lines file per sender, its segment, to which groups are appended.
///
/// A sender's segment knows what it holds, so a repeated group adds nothing. A line that a killed
/// process left without its line feed is cut off first. Processes that send under one name keep each
/// other out with flock(2).
public final class LocalMessageQueue: MessageQueue {
    /// Takes what belongs to no group.
    public static let looseSegment = "messages.jsonl"

    /// The directory, without a slash at its end.
    public let directory: String
    private let known = Mutex<[String: LocalSegment.Extent]>([:])

    public init(directory: String) {
        var directory = directory
        while directory.count > 1, directory.hasSuffix("/") { directory.removeLast() }
        self.directory = directory
    }

    public func sentCount(sender: String) throws(StoreError) -> Int? {
        let path = try path(ofSender: sender)
        do throws(SystemError) {
            guard let segment = try LocalSegment(existing: path) else { return 0 }
            let extent = try segment.extent(from: known.withLock { $0[path] })
            known.withLock { $0[path] = extent }
            return extent.lines
        } catch { throw StoreError(error, subject: path) }
    }

    public func send(_ group: MessageGroup) throws(StoreError) {
        let path = try path(ofSender: group.sender)
        try Self.check(group, subject: path)
        let held: Int
        do throws(SystemError) {
            held = try append(group, to: path)
        } catch { throw StoreError(error, subject: path) }
        guard held >= group.firstSequence else {
            throw StoreError(
                .messagesNotAccepted,
                "the group starts at message \(group.firstSequence), but only \(held) were sent before",
                subject: path)
        }
    }

    /// Appends what the segment does not hold yet; nothing when messages before the group are missing.
    /// - Returns: how many messages the segment held before.
    private func append(_ group: MessageGroup, to path: String) throws(SystemError) -> Int {
        let segment = try LocalSegment(appendingTo: path)
        defer { segment.unlock() }
        var extent = try segment.extent(from: known.withLock { $0[path] })
        let held = extent.lines
        let skipped = held - group.firstSequence
        if skipped >= 0, skipped < group.ends.count {
            let start = skipped == 0 ? 0 : group.ends[skipped - 1]
            let rest = UnsafeRawBufferPointer(rebasing: group.lines[start..<group.ends.last!])
            extent = try segment.append(rest, lines: group.ends.count - skipped, to: extent)
        }
        known.withLock { $0[path] = extent }
        return held
    }

    public func send(_ message: String) throws(StoreError) {
        let path = directory + "/" + Self.looseSegment
        guard !message.utf8.contains(UInt8(ascii: "\n")) else {
            throw StoreError(
                .messagesNotAccepted, "a message is one line", subject: path)
        }
        let line = Array((message + "\n").utf8)
        do throws(SystemError) {
            let segment = try LocalSegment(appendingTo: path)
            defer { segment.unlock() }
            let extent = try segment.extent(from: known.withLock { $0[path] })
            let grown = try line.withBytes { bytes throws(SystemError) in
                try segment.append(bytes, lines: 1, to: extent)
            }
            known.withLock { $0[path] = grown }
        } catch { throw StoreError(error, subject: path) }
    }

    /// Counting by lines is right only if every message is exactly one.
    private static func check(_ group: MessageGroup, subject: String) throws(StoreError) {
        var start = 0
        for end in group.ends {
            guard end > start, end <= group.lines.count,
                let feed = memchr(group.lines.baseAddress! + start, 0x0A, end - start),
                UnsafeRawPointer(feed) == group.lines.baseAddress! + end - 1
            else {
                throw StoreError(
                    .messagesNotAccepted, "the message at byte \(start) is not one line",
                    subject: subject)
            }
            start = end
        }
    }

    /// What file names usually have.
    private static let keptInNames = ASCIISet.lettersAndDigits.union("-_.=+@,")

    /// `a/b` becomes `a/b.jsonl`. Bytes that are unusual in file names are percent-encoded, and so is
    /// the dot of a directory that would look like a segment.
    func path(ofSender sender: String) throws(StoreError) -> String {
        var names: [String] = []
        for segment in sender.utf8.split(
            separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        {
            if let reason = LocalObjectPath.reasonAgainst(segment) {
                throw StoreError(.invalidKey, reason, subject: sender)
            }
            names.append(PercentEncoding.encode(segment, keeping: Self.keptInNames))
        }
        let last = names.removeLast() + ".jsonl"
        guard last.utf8.count <= LocalObjectPath.maximumSegmentBytes,
            names.allSatisfy({ $0.utf8.count <= LocalObjectPath.maximumSegmentBytes - 2 })
        else {
            throw StoreError(.invalidKey, "the sender's name is too long", subject: sender)
        }
        guard !(names.isEmpty && last.utf8.elementsEqual(Self.looseSegment.utf8)) else {
            throw StoreError(
                .invalidKey, "\(Self.looseSegment) is for messages of no group", subject: sender)
        }
        names = names.map { $0.hasSuffix(".jsonl") ? $0.dropLast(6) + "%2Ejsonl" : $0 }
        return ([directory] + names + [last]).joined(separator: "/")
    }
}
