import JSON
import System

/// The files of this repository, found from where this one was compiled.
enum Repository {
    static let root = String(
        #filePath.utf8.dropLast("/Tests/RepositoryTests/Repository.swift".utf8.count))!

    static func contents(of path: String) throws -> [UInt8] {
        try FileSystem.contents(of: "\(root)/\(path)")
    }
    static func text(of path: String) throws -> String {
        String(decoding: try contents(of: path), as: UTF8.self)
    }
    static func names(in path: String) throws -> [String] {
        try FileSystem.names(in: "\(root)/\(path)").filter { !$0.hasPrefix(".") }.sorted()
    }
}
