import System

#if canImport(Glibc)
import Glibc
#endif

/// An open file that is one version of an object.
final class LocalObjectReader: ObjectReader {
    let reference: ObjectReference
    private let file: File

    init(_ file: File, _ reference: ObjectReference) {
        self.file = file
        self.reference = reference
    }

    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(StoreError) -> Int
    {
        let wanted = min(buffer.count, max(0, reference.sizeBytes - offset))
        guard wanted > 0 else { return 0 }
        let count: Int
        do throws(SystemError) {
            count = try file.read(
                at: offset, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted]))
        } catch {
            throw StoreError(error, subject: "\(reference.bucket)/\(reference.key)")
        }
        guard count == wanted else { throw StoreError(changed: reference) }
        return count
    }

    /// Both the open file and what now lies under its name must be the pinned version.
    func checkVersion() throws(StoreError) {
        let (open, named): (FileStatus, FileStatus?)
        do throws(SystemError) {
            (open, named) = (try file.status(), try FileStatus(of: file.path))
        } catch {
            throw StoreError(error, subject: "\(reference.bucket)/\(reference.key)")
        }
        guard open.versionID == reference.versionID, named?.versionID == reference.versionID else {
            throw StoreError(changed: reference)
        }
    }
}

extension FileStatus {
    /// Device, inode, time of change and size: differs for two contents under one name, unless the
    /// file is overwritten in place, at the same size, within the clock's tick (4 ms).
    var versionID: String { "\(device)-\(inode)-\(modifiedNanoseconds)-\(sizeBytes)" }
}

extension StoreError {
    init(changed reference: ObjectReference) {
        self.init(
            .versionChanged,
            "version \(reference.versionID ?? reference.eTag ?? "?") is no longer there",
            subject: "\(reference.bucket)/\(reference.key)")
    }

    init(_ error: SystemError, subject: String) {
        let code: Code =
            switch error.errno {
            case EPERM, EACCES, EROFS: .accessDenied
            case EEXIST, ENOTDIR, EISDIR, ENAMETOOLONG, ENOTEMPTY: .invalidKey
            default: .inputOutput
            }
        self.init(code, error.description, subject: subject)
    }
}
