import System
import Testing

#if canImport(Glibc)
import Glibc
#endif

@Suite struct OpenFilesTests {
    @Test func `the soft limit of open files becomes the hard one`() throws {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var before = rlimit()
        #expect(getrlimit(resource, &before) == 0)
        // Other tests of this process have less than that open.
        var lowered = before
        lowered.rlim_cur = before.rlim_max / 2
        #expect(setrlimit(resource, &lowered) == 0)
        #expect(try raiseOpenFileLimit() == Int(clamping: before.rlim_max))
        var after = rlimit()
        #expect(getrlimit(resource, &after) == 0)
        #expect(after.rlim_cur == before.rlim_max && after.rlim_max == before.rlim_max)
        #expect(try raiseOpenFileLimit() == Int(clamping: before.rlim_max))
    }
}
