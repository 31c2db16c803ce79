import Glibc
import JSON
import Pipeline
import Stores
import System

/// Tells `arrive` of each file that is put into the drop bucket, as S3's notifications do on AWS.
package final class DropAnnouncer: Sendable {
    /// Files that one event tells of; S3 sends one each.
    static let filesPerEvent = 100
    /// As often as Lambda tries an asynchronous invocation.
    static let maximumTries = 3
    /// After which a file that was being written, or that `arrive` failed for, is looked at again.
    static let lookAgainMilliseconds: Int32 = 500

    private let cloud: HomeCloud
    private let inotify: Inotify
    private let thread: Monitor<Thread?> = Monitor(nil)

    /// Begins to watch, and tells of what was dropped while nobody watched.
    package init(_ cloud: HomeCloud) throws {
        self.cloud = cloud
        inotify = try Inotify()
        // BucketWatch's leases would bring it when a writer comes.
        signal(SIGIO, SIG_IGN)
        let watch = BucketWatch(
            path: cloud.home.buckets + "/" + LocalFunctions.dropBucket, inotify)
        let present = try watch.scan()
        // What ended before this process began tells which files were taken.
        cloud.settle()
        var announced = try AnnouncedFiles(path: cloud.home.announced)
        try announced.keep(only: present)
        let work = Work(cloud: cloud, watch: watch, announced: announced, present: present)
        let box = Monitor<Work?>(work)
        thread.withLock { $0 = Thread { box.withLock { $0.take() }?.run() } }
    }

    /// Returns when what is being told has been told; what comes later is told when one watches again.
    package func stop() {
        inotify.stop()
        thread.withLock { thread in
            thread?.join()
            thread = nil
        }
    }
}

/// What the thread does; it belongs to it.
private final class Work: @unchecked Sendable {
    private let cloud: HomeCloud
    private let watch: BucketWatch
    private var announced: AnnouncedFiles
    /// Keys to look at, by their bytes, with how often `arrive` has failed for them.
    private var pending: [[UInt8]: (key: String, tries: Int)] = [:]

    init(cloud: HomeCloud, watch: BucketWatch, announced: AnnouncedFiles, present: [String]) {
        self.cloud = cloud
        self.watch = watch
        self.announced = announced
        add(present)
    }

    private func add(_ keys: [String]) {
        // What has changed is tried afresh.
        for key in keys { pending[Array(key.utf8)] = (key, 0) }
    }

    func run() {
        do throws(SystemError) {
            while true {
                tell(found())
                let timeout = pending.isEmpty ? -1 : DropAnnouncer.lookAgainMilliseconds
                guard let keys = try watch.next(timeoutMilliseconds: timeout) else { return }
                add(keys)
            }
        } catch {
            cloud.report(.problem("the drop bucket is no longer watched: \(error)"))
        }
    }

    /// Those pending that are whole and new, with those put there together.
    private func found() -> [ObjectReference] {
        if pending.isEmpty { return [] }
        return DropGate(home: cloud.home).free {
            if let keys = try? watch.next(timeoutMilliseconds: 0) { add(keys) }
            return due()
        }
    }

    private func due() -> [ObjectReference] {
        var due: [ObjectReference] = []
        for (bytes, entry) in pending {
            let found: ObjectReference?
            do throws(StoreError) {
                found = try cloud.objects.headObject(
                    bucket: LocalFunctions.dropBucket, key: entry.key)
                if found == nil, let obstacle = watch.obstacle(entry.key) {
                    cloud.report(.problem("\(entry.key) is left out: \(obstacle)"))
                }
            } catch {
                cloud.report(.problem("\(entry.key) is left out: \(error)"))
                found = nil
            }
            guard let found, !announced.contains(entry.key, version: found.versionID) else {
                pending[bytes] = nil
                continue
            }
            if !watch.isBeingWritten(entry.key) { due.append(found) }
        }
        // The files of a set stand together, so that they run together.
        return due.map { (set: fileSet($0.key), file: $0) }
            .sorted { ($0.set, $0.file.key) < ($1.set, $1.file.key) }.map(\.file)
    }

    private func fileSet(_ key: String) -> String {
        guard case .taken(let arrivals) = Jobs.routing(of: key, cloud.options) else { return "" }
        return arrivals.first?.fileSet ?? ""
    }

    private func tell(_ files: [ObjectReference]) {
        for start in stride(from: 0, to: files.count, by: DropAnnouncer.filesPerEvent) {
            tellTogether(Array(files[start...].prefix(DropAnnouncer.filesPerEvent)))
        }
    }

    private func tellTogether(_ files: [ObjectReference]) {
        do {
            try cloud.tellArrive(S3Event.created(files))
            for file in files {
                cloud.report(.news("\(file.key) has arrived"))
                pending[Array(file.key.utf8)] = nil
            }
            try announced.insert(files.map { ($0.key, $0.versionID) })
        } catch {
            let message = (error as? CloudError)?.message ?? "\(error)"
            cloud.report(.problem(message))
            for file in files {
                let bytes = Array(file.key.utf8)
                guard let tries = pending[bytes]?.tries else { continue }
                pending[bytes] = (file.key, tries + 1)
                guard tries + 1 >= DropAnnouncer.maximumTries else { continue }
                pending[bytes] = nil
                cloud.report(
                    .problem("\(file.key) is given up; the next sluice up takes it up again"))
            }
        }
    }
}
