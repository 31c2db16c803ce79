// swift-tools-version: 6.3
// The modules of Sluice, bottom-up. Imports go only downwards; `make lint` holds them to it.
import PackageDescription

/// `SLUICE_STATIC=1` builds executables with nothing dynamic in them: what a Lambda package needs.
/// It wants a libcurl without further dependencies (Scripts/build-static-libcurl.sh) and a scratch
/// path of its own: `make static` sees to both.
let isStatic = Context.environment["SLUICE_STATIC"] == "1"
let staticRoot = Context.packageDirectory + "/.build/static-libcurl"

let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]
let staticSwiftSettings: [SwiftSetting] =
    isStatic
    ? [
        .unsafeFlags([
            "-static-executable", "-Xfrontend",
            "-disable-implicit-string-processing-module-import", "-Xcc",
            "-I\(staticRoot)/include", "-Xcc", "-DSLUICE_STATIC",
        ])
    ] : []
let staticLinkerSettings: [LinkerSetting] =
    isStatic
    ? [
        .unsafeFlags([
            "-static-executable", "-L\(staticRoot)/lib", "-lcurl", "-lssl", "-lcrypto",
            "-Xlinker", "--gc-sections", "-Xlinker", "-s",
        ])
    ] : []

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(
        name: name, dependencies: dependencies, swiftSettings: swiftSettings + staticSwiftSettings)
}
func executable(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies, swiftSettings: swiftSettings + staticSwiftSettings,
        linkerSettings: staticLinkerSettings)
}
func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}
func lambda(_ name: String) -> Target { executable(name, ["Pipeline"]) }

let package = Package(
    name: "sluice",
    targets: [
        // The system libraries, as headers.
        .systemLibrary(
            name: "CCurl", pkgConfig: isStatic ? nil : "libcurl",
            providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(
            name: "COpenSSL", pkgConfig: isStatic ? nil : "libcrypto",
            providers: [.apt(["libssl-dev"])]),
        .systemLibrary(
            name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(
            name: "CMicroHTTPD", pkgConfig: "libmicrohttpd",
            providers: [.apt(["libmicrohttpd-dev"])]),
        .systemLibrary(name: "CScan"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        // The pieces that know nothing of jobs.
        library("System"),
        library("JSON"),
        library("CSV", ["CScan"]),
        library("Digest", ["COpenSSL", "System"]),
        library("SQLite", ["CSQLite"]),
        library("StatesLanguage", ["Digest", "JSON", "System"]),
        library("HTTP", ["CCurl", "System"]),
        library("AWSClient", ["Digest", "HTTP", "JSON", "System"]),
        library("Stores", ["AWSClient", "Digest", "HTTP", "JSON", "System"]),
        library("LambdaRuntime", ["HTTP", "JSON", "System"]),

        // The jobs, and what runs them on one machine.
        library(
            "Pipeline",
            [
                "AWSClient", "CSV", "Digest", "JSON", "LambdaRuntime", "StatesLanguage", "Stores",
                "System",
            ]),
        library("LocalDynamoDB", ["CScan", "JSON", "SQLite", "Stores", "System"]),
        library("Engine", ["JSON", "SQLite", "StatesLanguage", "System"]),
        library("Infrastructure", ["JSON", "Pipeline", "StatesLanguage"]),
        library("LambdaHost", ["CMicroHTTPD", "Engine", "JSON", "LocalDynamoDB", "System"]),
        library("Inspection", ["JSON"]),
        library(
            "LocalCloud",
            [
                "AWSClient", "Digest", "Engine", "HTTP", "Inspection", "JSON", "LambdaHost",
                "LocalDynamoDB", "Pipeline", "StatesLanguage", "Stores", "System",
            ]),

        // What is run.
        lambda("arrive"), lambda("validate"), lambda("parse-chunk"), lambda("seal"),
        lambda("aggregate"), lambda("emit"),
        executable(
            "sluice",
            [
                "AWSClient", "CZlib", "Engine", "HTTP", "Infrastructure", "Inspection", "JSON",
                "LambdaHost", "LocalCloud", "LocalDynamoDB", "Pipeline", "StatesLanguage", "Stores",
                "System",
            ]),

        // A server for tests to talk to.
        .target(
            name: "LoopbackServer", dependencies: ["HTTP", "System"], path: "Tests/LoopbackServer",
            swiftSettings: swiftSettings),
        // Other people's programs, from PyPI, for tests to be held against.
        .target(
            name: "PythonEnvironment", dependencies: ["System"], path: "Tests/PythonEnvironment",
            swiftSettings: swiftSettings),
        // Random file sets with what must come of them, told without any of the modules above.
        .target(name: "MeantSets", path: "Tests/MeantSets", swiftSettings: swiftSettings),
        tests("JSONTests", ["JSON"]),
        tests(
            "InfrastructureTests",
            [
                "CSV", "Infrastructure", "JSON", "Pipeline", "PythonEnvironment", "StatesLanguage",
                "System",
            ]),
        tests("RepositoryTests", ["HTTP", "JSON", "LoopbackServer", "System"]),
        tests(
            "LocalDynamoDBTests", ["CScan", "JSON", "LocalDynamoDB", "SQLite", "Stores", "System"]),
        tests(
            "LambdaHostTests",
            ["Engine", "HTTP", "JSON", "LambdaHost", "LocalDynamoDB", "System"]),
        tests("InspectionTests", ["Inspection", "JSON"]),
        tests("LocalCloudTests", ["Engine", "JSON", "LocalCloud", "System"]),
        // The executables are run, so they have to be there.
        tests(
            "SluiceTests",
            [
                "AWSClient", "Engine", "HTTP", "Infrastructure", "JSON", "LocalCloud",
                "LoopbackServer",
                "LocalDynamoDB", "MeantSets", "Pipeline", "PythonEnvironment", "System", "sluice",
                "arrive",
                "validate",
                "parse-chunk", "seal", "aggregate", "emit",
            ]),
        tests("CSVTests", ["CSV"]),
        tests(
            "PipelineTests",
            [
                "AWSClient", "CSV", "HTTP", "JSON", "LambdaRuntime", "LoopbackServer", "MeantSets",
                "Pipeline", "Stores", "System",
            ]),
        tests("SystemTests", ["System"]),
        tests("DigestTests", ["Digest", "System"]),
        tests("EngineTests", ["Engine", "JSON", "SQLite", "StatesLanguage", "System"]),
        tests("SQLiteTests", ["SQLite", "System"]),
        tests("StatesLanguageTests", ["JSON", "StatesLanguage", "System"]),
        tests("HTTPTests", ["HTTP", "LoopbackServer", "System"]),
        tests(
            "LambdaRuntimeTests",
            ["HTTP", "JSON", "LambdaRuntime", "LoopbackServer", "System"]),
        tests(
            "StoresTests",
            [
                "AWSClient", "HTTP", "JSON", "LoopbackServer", "PythonEnvironment", "Stores",
                "System",
            ]),
        tests(
            "AWSClientTests",
            [
                "AWSClient", "Digest", "HTTP", "JSON", "LoopbackServer", "PythonEnvironment",
                "System",
            ]),
    ]
)
if isStatic {
    // A static build is for the Lambda executables: no SQLite, no microhttpd, no tests.
    let leftOut: Set = [
        "CSQLite", "CMicroHTTPD", "CZlib", "SQLite", "Infrastructure", "LocalDynamoDB", "Engine",
        "LambdaHost", "Inspection", "LocalCloud", "sluice", "LoopbackServer", "MeantSets",
        "PythonEnvironment",
    ]
    package.targets.removeAll { leftOut.contains($0.name) || $0.type == .test }
}
