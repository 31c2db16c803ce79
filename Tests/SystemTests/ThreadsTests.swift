import Glibc
import System
import Testing

@Suite struct ThreadsTests {
    @Test func `a mailbox hands on every message of every thread, in each thread's order`() {
        let mailbox = Mailbox<(thread: Int, number: Int)>()
        let senders = (0..<4).map { thread in
            Thread { for number in 0..<500 { mailbox.put((thread, number)) } }
        }
        let closer = Thread {
            for sender in senders { sender.join() }
            mailbox.close()
        }
        var next = [0, 0, 0, 0]
        while let messages = mailbox.takeAll() {
            for message in messages {
                #expect(message.number == next[message.thread])
                next[message.thread] = message.number + 1
            }
        }
        closer.join()
        #expect(next == [500, 500, 500, 500])
        mailbox.put((0, 0))
        #expect(mailbox.takeAll() == nil)
    }

    /// Each thread that is neither joined nor detached leaves its stack of a megabyte.
    @Test func `threads that nobody joins leave nothing behind`() throws {
        let before = try addressSpacePages()
        let ended = Monitor(0)
        for count in 1...1500 {
            _ = Thread { ended.withLock { $0 += 1 } }
            _ = ended.wait { $0 == count ? true : nil }
        }
        let grownPages = try addressSpacePages() - before
        let megabytes = grownPages * Int(sysconf(Int32(_SC_PAGESIZE))) / (1 << 20)
        #expect(megabytes < 1000)
    }

    /// The first number of /proc/self/statm, proc(5).
    private func addressSpacePages() throws -> Int {
        var buffer = [UInt8](repeating: 0, count: 256)
        let file = try File(reading: "/proc/self/statm")
        let count = try buffer.withUnsafeMutableBytes { try file.read(at: 0, into: $0) }
        let text = String(decoding: buffer[..<count], as: UTF8.self)
        return try #require(text.split(separator: " ").first.flatMap { Int($0) })
    }

    @Test func `a thread may be joined more than once`() {
        let isDone = Monitor(false)
        let thread = Thread { isDone.withLock { $0 = true } }
        thread.join()
        #expect(isDone.withLock { $0 })
        thread.join()
    }

    @Test func `taking from an empty mailbox ends when the time has passed`() {
        let mailbox = Mailbox<Int>()
        #expect(mailbox.takeAll(untilNanoseconds: monotonicNanoseconds())?.isEmpty == true)
        let start = monotonicNanoseconds()
        #expect(mailbox.takeAll(untilNanoseconds: start + 2_000_000)?.isEmpty == true)
        #expect(monotonicNanoseconds() >= start + 2_000_000)
    }
}
