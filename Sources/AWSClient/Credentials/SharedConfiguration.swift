import Synchronization
import System

/// The profiles of the shared configuration files, read when they are first needed.
///
/// `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE` name the files, else they are `config` and
/// `credentials` in `$HOME/.aws`; `AWS_PROFILE` names the profile, else it is `default`. Without HOME,
/// as in Lambda, and without these variables nothing is read.
final class SharedConfiguration: Sendable {
    /// The settings of one profile; those of the credentials file come before those of the other.
    struct Profile: Sendable, Hashable {
        var name: String
        var settings: [String: String] = [:]
        /// The settings of the `services` section that it names.
        var services: [String: String] = [:]

        subscript(setting: String) -> String? {
            settings[setting].flatMap { $0.isEmpty ? nil : $0 }
        }
    }

    /// Nil: no profile was named, `default` is taken if there is one.
    let namedProfile: String?
    private let configPath: String?
    private let credentialsPath: String?
    private let files = Mutex<Files?>(nil)
    private struct Files {
        var config: SharedConfigurationFile?
        var credentials: SharedConfigurationFile?
    }

    init(environment variable: (String) -> String?) {
        func value(_ name: String) -> String? { variable(name).flatMap { $0.isEmpty ? nil : $0 } }
        let home = value("HOME")
        func path(_ name: String, _ usual: String) -> String? {
            guard let given = value(name) else { return home.map { "\($0)/.aws/\(usual)" } }
            return given.hasPrefix("~/") ? home.map { $0 + given.dropFirst(1) } : given
        }
        namedProfile = value("AWS_PROFILE")
        configPath = path("AWS_CONFIG_FILE", "config")
        credentialsPath = path("AWS_SHARED_CREDENTIALS_FILE", "credentials")
    }

    /// The profile to use; nil when none is named and there is no `default`.
    /// - Throws: code `ProfileNotFound` or `InvalidConfigurationFile`.
    func profile() throws(AWSError) -> Profile? {
        if let namedProfile { return try profile(namedProfile) }
        return try found("default")
    }

    /// - Throws: code `ProfileNotFound` or `InvalidConfigurationFile`.
    func profile(_ name: String) throws(AWSError) -> Profile {
        if let profile = try found(name) { return profile }
        let paths = [configPath, credentialsPath].compactMap { $0 }.joined(separator: " and ")
        throw AWSError(
            "ProfileNotFound", "there is no profile \(name) in \(paths.isEmpty ? "~/.aws" : paths)",
            "AWS configuration")
    }

    private func found(_ name: String) throws(AWSError) -> Profile? {
        let files = try loaded()
        let config =
            files.config?.sections["profile \(name)"]
            ?? (name == "default" ? files.config?.sections["default"] : nil)
        let credentials = files.credentials?.sections[name]
        guard config != nil || credentials != nil else { return nil }
        var profile = Profile(name: name, settings: config ?? [:])
        profile.settings.merge(credentials ?? [:]) { _, new in new }
        if let services = profile["services"] {
            profile.services = files.config?.sections["services \(services)"] ?? [:]
        }
        return profile
    }

    private func loaded() throws(AWSError) -> Files {
        if let known = files.withLock({ $0 }) { return known }
        let files = Files(
            config: try Self.read(configPath), credentials: try Self.read(credentialsPath))
        self.files.withLock { $0 = files }
        return files
    }

    /// Nil when there is no such file.
    private static func read(_ path: String?) throws(AWSError) -> SharedConfigurationFile? {
        guard let path else { return nil }
        let bytes: [UInt8]
        do throws(SystemError) {
            guard try FileStatus(of: path) != nil else { return nil }
            bytes = try FileSystem.contents(of: path)
        } catch {
            throw AWSError("InvalidConfigurationFile", "\(error)", "AWS configuration")
        }
        do throws(SharedConfigurationFile.Failure) {
            return try SharedConfigurationFile(parsing: String(decoding: bytes, as: UTF8.self))
        } catch {
            throw AWSError(
                "InvalidConfigurationFile", "\(path), line \(error.line): \(error.message)",
                "AWS configuration")
        }
    }
}
