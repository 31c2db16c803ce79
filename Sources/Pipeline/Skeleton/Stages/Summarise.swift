import JSON
import Stores

/// Adds up what the steps reported: counts, where they came from, and an estimate of what the run costs
/// on AWS.
///
/// In: `{action: "summary", fileSet, run, secret}`. Writes `summary.json`. Out: the same.
struct Summarise {
    let environment: StepEnvironment

    func handle(_ input: StepInput) throws -> JSON {
        let run = try Run(input, environment)
        let files = try FileKind.allCases.map {
            try SealedFile(StepInput(json: run.storage.get("sealed/\($0.rawValue).json")))
        }
        let aggregate = try reports("aggregate", run)
        let emit = try reports("emit", run)
        func sum(_ reports: [JSON], _ name: String) -> Int {
            reports.reduce(0) { $0 + ($1[name]?.int ?? 0) }
        }
        let messages = sum(emit, "messages")
        var summary: JSONObject = [
            "job": .string(CustomerMessages.name), "fileSet": .string(run.fileSet),
            "run": JSON(run.number), "messages": JSON(messages),
            "customers": JSON(messages),
            "customersWithOrders": JSON(sum(emit, "customersWithOrders")),
            "repeatedCustomers": JSON(sum(emit, "customerRows") - messages),
            "orders": JSON(sum(aggregate, "orders")),
            "repeatedOrders": JSON(sum(aggregate, "orderRows") - sum(aggregate, "orders")),
            "orphanOrders": JSON(sum(emit, "orphanOrders")),
            "items": JSON(sum(aggregate, "itemRows")),
            "orphanItems": JSON(sum(aggregate, "orphanItems")),
            "itemsOfOrphanOrders": JSON(sum(emit, "itemsOfOrphanOrders")),
            "rejects": JSON(files.reduce(0) { $0 + $1.rejects }),
            "tasks": ["aggregate": JSON(aggregate.count), "emit": JSON(emit.count)],
            "files": .array(
                files.map {
                    [
                        "kind": .string($0.kind.rawValue), "file": $0.file.json,
                        "records": JSON($0.records), "rejects": JSON($0.rejects),
                        "chunks": JSON($0.chunks),
                    ]
                }),
        ]
        if emit.contains(where: { $0["customerItems"] != nil }) {
            summary["customerItems"] = JSON(sum(emit, "customerItems"))
            summary["newerCustomerItems"] = JSON(sum(emit, "newerCustomerItems"))
        }
        let usage = RunUsage(
            files: try files.map { file in
                let again = try run.storage.getIfThere(
                    "manifests/\(file.kind.rawValue)-reparse.json")
                return RunUsage.File(
                    sizeBytes: file.file.sizeBytes, chunks: file.chunks,
                    reparsedChunks: again?.array?.count ?? 0)
            }, aggregateTasks: aggregate.count, messages: emit.map { $0["messages"]?.int ?? 0 },
            customerItems: sum(emit, "customerItems"),
            megabyteMilliseconds: files.reduce(0) { $0 + $1.megabyteMilliseconds }
                + sum(aggregate + emit, "megabyteMilliseconds"))
        summary["cost"] = CostEstimate(usage).json
        try run.storage.put("summary.json", .object(summary))
        return .object(summary)
    }

    private func reports(_ step: String, _ run: Run) throws -> [JSON] {
        let tasks = try run.storage.get("manifests/\(step).json").array ?? []
        return try tasks.indices.map {
            try run.storage.get("reports/\(step)/\(RunStorage.number($0)).json")
        }
    }
}
