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

    /// Each thread that is neither joined nor detached leaves its stack: two lines or more.
    @Test func `threads that nobody joins leave nothing behind`() throws {
        func mappings() throws -> Int {
            try FileSystem.contents(of: "/proc/self/maps").count { $0 == UInt8(ascii: "\n") }
        }
        let before = try mappings()
        let ended = Monitor(0)
        for count in 1...1500 {
            _ = Thread { ended.withLock { $0 += 1 } }
            _ = ended.wait { $0 == count ? true : nil }
        }
        #expect(try mappings() - before < 1000)
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
