import JSON
import Stores
import Testing

@testable import Pipeline

/// Which objects of the drop bucket belong to which job.
@Suite struct RoutingTests {
    static let jobs: [any Job.Type] = [CustomerMessages.self, LineCount.self]

    /// What becomes of a key, as text: `JOB INPUT SET`, `refused SET`, `unrouted`, `ignored`.
    static func text(_ key: String, _ options: OptionValues = OptionValues()) -> String {
        switch Jobs.routing(of: key, options, among: jobs) {
        case .taken(let arrivals):
            arrivals.map { "\($0.job.name) \($0.input.name) \($0.fileSet)" }.joined(separator: "|")
        case .refused(let job, let fileSet, _): "\(job.name) refuses \(fileSet)"
        case .unrouted: "unrouted"
        case .ignored: "ignored"
        }
    }

    @Test(arguments: [
        ("toy/a.csv", "line-count file toy/a.csv"),
        ("toy/deep/er/é 1.CSV", "line-count file toy/deep/er/é 1.CSV"),
        // Folders come before names.
        ("toy/orders_7.csv", "line-count file toy/orders_7.csv"),
        ("toys/orders_7.csv", "customer-messages orders toys.7"),
        ("toy.csv", "unrouted"), ("toys/a.csv", "unrouted"), ("Toy/a.csv", "unrouted"),
        ("notes/readme.csv", "unrouted"), ("clients_1.csv", "unrouted"), ("_1.csv", "unrouted"),
        ("itemss_1.csv", "unrouted"), (" items_1.csv", "unrouted"), ("customers.csv", "unrouted"),
        ("2024-01/orders.csv", "customer-messages orders 2024-01"),
        ("toy/", "ignored"), ("toy/a.csv/", "ignored"), ("", "ignored"), ("/", "ignored"),
        ("toy/a.txt", "ignored"), ("customers_1.txt", "ignored"), ("customers_1", "ignored"),
        ("items_1.csv.gz", "ignored"), ("items_a b.csv", "customer-messages refuses a b"),
    ])
    func `a key goes to the job of its folder, then to one by its name`(
        key: String, expected: String
    ) {
        #expect(Self.text(key) == expected)
    }

    @Test(arguments: ["in/toys", "/in/toys/", "in//toys"])
    func `the folder is what is configured`(folder: String) {
        var options = OptionValues()
        options[LineCount.allOptions[0]] = folder
        #expect(Self.text("in/toys/a.csv", options) == "line-count file in/toys/a.csv")
        #expect(Self.text("toy/a.csv", options) == "unrouted")
    }

    @Test(
        arguments: [
            ("customers_20240105.csv", .customers, "20240105"), ("order_7.csv", .orders, "7"),
            ("ITEMS_a_b.CSV", .items, "a_b"), ("Customer_x.Csv", .customers, "x"),
            ("partner/orders_7.csv", .orders, "partner.7"),
            ("a/b/items_1.csv", .items, "a.b.1"),
            ("orders_2024-01-05.v2.csv", .orders, "2024-01-05.v2"),
            ("items_a+b=c@d.csv", .items, "a+b=c@d"), ("orders__.csv", .orders, "_"),
            ("2024-01/orders.csv", .orders, "2024-01"), ("a/b/ITEM.CSV", .items, "a.b"),
        ] as [(String, JobInput, String)])
    func `a key names input and set`(key: String, input: JobInput, fileSet: String) throws {
        let name = try #require(SetName(key: key, CustomerMessages.inputs))
        #expect(name.input == input)
        #expect(name.fileSet == fileSet)
        #expect(name.problem == nil)
    }

    @Test(arguments: [
        "", "customers.csv", "customers_1.txt", "customers_1", "clients_1.csv", "_1.csv", "/",
        "items_1.csv/", "items_1.csv.gz", "itemss_1.csv", " items_1.csv", "notes/readme.csv",
        "/orders.csv",
    ])
    func `another file is none of ours`(key: String) {
        #expect(SetName(key: key, CustomerMessages.inputs) == nil)
    }

    @Test(arguments: [
        ("items_.csv", ""), ("items_a b.csv", "a b"), ("items_é.csv", "é"),
        ("my folder/items_1.csv", "my folder.1"), ("items_a%20b.csv", "a%20b"),
        ("items_a:b.csv", "a:b"), ("items_a,b.csv", "a,b"), ("items_\n.csv", "\n"),
        ("folder/items_.csv", "folder."), ("my folder/items.csv", "my folder"),
        (
            "items_" + String(repeating: "x", count: 71) + ".csv",
            String(repeating: "x", count: 71)
        ),
    ])
    func `a set that cannot be called so is refused with the reason`(
        key: String, fileSet: String
    ) throws {
        let name = try #require(SetName(key: key, CustomerMessages.inputs))
        #expect(name.fileSet == fileSet)
        #expect(name.problem?.contains("at most 70 characters") == true)
    }

    @Test func `a file that no job takes is said on the queue of errors`() throws {
        var rig = try ArriveRig()
        rig.environment.jobs = Self.jobs
        for key in ["prices.csv", "toy/", "toy/readme.txt", "customers_a b.csv"] {
            var file = ArriveRig.file(.customers)
            file.object.key = key
            try rig.drop(file)
        }
        #expect(rig.executions.names == [])
        let errors = try Workplace.lines(of: rig.workplace.errors).map { try JSON(parsing: $0) }
        #expect(
            errors == [
                [
                    "type": "error_message", "file_set": "prices.csv",
                    "error": "Sluice.UnroutedFile",
                    "message": .string(
                        "prices.csv: no job takes it; taken are customers_SET.csv, "
                            + "orders_SET.csv, items_SET.csv; any CSV file below toy/"),
                    "execution": .null,
                ]
            ])
        // What belongs to a job that has a queue is said there.
        let messages = try Workplace.lines(of: rig.workplace.queue).map { try JSON(parsing: $0) }
        #expect(messages.map { $0["error"]?.string } == ["Sluice.BadFileName"])
    }
}

@Suite struct ExecutionNameTests {
    @Test(arguments: [
        ("20240105", "20240105-3"), ("a-b_C", "a-b_C-3"),
        (String(repeating: "x", count: 70), String(repeating: "x", count: 70) + "-3"),
    ])
    func `a set of characters that may be logged gives its name as it is`(
        fileSet: String, name: String
    ) {
        #expect(ExecutionName(fileSet: fileSet, run: 3).description == name)
    }

    /// The first digits of each set's SHA-256, computed elsewhere.
    @Test(arguments: [
        ("partner.7", "partner_7-e762c706-3"),
        ("table-load/a b.csv", "table-load_a_b_csv-71241ea4-3"),
        ("é", "__-4a99557e-3"), ("", "-e3b0c442-3"),
    ])
    func `another set is told apart by a hash`(fileSet: String, name: String) {
        #expect(ExecutionName(fileSet: fileSet, run: 3).description == name)
    }

    @Test func `whatever the set, a run of nine digits fits and no two are called alike`() {
        let long = String(repeating: "x", count: 70)
        let sets = [
            "a.b", "a_b", "a b", "a/b", "A.b", "", "_", long, long + "x", long + "y",
            String(repeating: "é", count: 500), String(repeating: "日", count: 70), "a\n", "a\u{0}",
        ]
        let names = sets.map { ExecutionName(fileSet: $0, run: 123_456_789).description }
        #expect(Set(names).count == sets.count)
        for name in names {
            #expect(name.utf8.count <= 80)
            #expect(
                name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) })
        }
    }
}
