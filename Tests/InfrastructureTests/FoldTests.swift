import Infrastructure
import JSON
import Pipeline
import Testing

/// What a declaration becomes in the template.
struct FoldTests {
    let graph = Deployed.toys.graph

    private func variables(_ function: StepFunction) -> JSON {
        graph.resources[function.logicalName + "Function"]?["Properties"]?["Environment"]?[
            "Variables"] ?? .null
    }

    @Test func `an option becomes a parameter, and a variable of every function`() {
        let parameters = graph.template["Parameters"]
        #expect(parameters?["KeepToys"]?["AllowedValues"] == ["false", "true"])
        #expect(parameters?["KeepToys"]?["Default"] == "false")
        #expect(parameters?["LoadMode"]?["AllowedValues"] == ["merge", "replace"])
        #expect(parameters?["LoadMode"]?["Default"] == "merge")
        #expect(parameters?["ToyLimit"]?["Default"] == "4.7")
        #expect(parameters?["ToyStoredFolder"]?["Default"] == "stored")
        for function in StepFunction.allCases {
            let variables = variables(function)
            #expect(
                variables["KEEP_TOYS"] == [
                    "Fn::If": ["KeepToysIsOn", "true", ["Ref": "AWS::NoValue"]]
                ])
            #expect(variables["LOAD_MODE"] == ["Ref": "LoadMode"])
            #expect(variables["TOY_LIMIT"] == ["Ref": "ToyLimit"])
            #expect(variables["TOY_STORED_FOLDER"] == ["Ref": "ToyStoredFolder"])
        }
    }

    @Test(arguments: Deployed.allCases)
    func `every option's default is one of its values`(_ deployed: Deployed) {
        for option in deployed.jobs.flatMap({ $0.allOptions }) {
            let parameter = deployed.graph.template["Parameters"]?[option.parameter]
            guard let values = parameter?["AllowedValues"]?.array else { continue }
            #expect(values.contains(parameter?["Default"] ?? .null), "\(option.name)")
        }
    }

    @Test func `functions find the resources that they use`() {
        #expect(variables(.arrive)["LETTERS_QUEUE"] == ["Ref": "LettersQueue"])
        #expect(variables(.emit)["LETTERS_QUEUE"] == ["Ref": "LettersQueue"])
        #expect(variables(.parseChunk)["LETTERS_QUEUE"] == nil)
        #expect(
            variables(.emit)["TOYS_TABLE"]
                == ["Fn::If": ["KeepToysIsOn", ["Ref": "ToysTable"], ["Ref": "AWS::NoValue"]]])
        let prefix: JSON = ["Fn::Sub": "dynamodb://${AWS::StackName}-table-"]
        #expect(variables(.validate)["LOADED_TABLES"] == prefix)
        #expect(variables(.emit)["LOADED_TABLES"] == prefix)
        for function in [StepFunction.validate, .seal, .emit] {
            #expect(variables(function)["RESULTS_BUCKET"] == ["Ref": "ResultsBucket"])
        }
        #expect(variables(.arrive)["SLUICE_ERRORS_QUEUE"] == ["Ref": "ErrorsQueue"])
        #expect(variables(.emit)["SLUICE_TABLE"] == variables(.arrive)["SLUICE_TABLE"])
    }

    @Test func `the table that is made for loads has the prefix and the key that is chosen`() {
        let table = graph.resources["LoadedTable"]
        #expect(
            table?["Properties"]?["TableName"]
                == ["Fn::Sub": "${AWS::StackName}-table-toy-loaded"])
        #expect(
            table?["Properties"]?["KeySchema"]
                == [["AttributeName": ["Ref": "LoadedTableKey"], "KeyType": "HASH"]])
        #expect(graph.template["Parameters"]?["LoadedTableKey"]?["Default"] == "uuid")
        #expect(table?["Condition"] == "MakesLoadedTable")
    }

    @Test func `the alarms of executions add up those of all jobs`() {
        for status in ["Failed", "TimedOut", "Aborted"] {
            let alarm = graph.resources["Executions\(status)Alarm"]?["Properties"]
            let metrics = alarm?["Metrics"]?.array ?? []
            #expect(metrics.count == Toys.all.count + 1)
            #expect(metrics.count { $0["ReturnData"] == true } == 1)
            let ids = metrics.compactMap { $0["Id"]?.string }
            #expect(Set(ids).count == metrics.count)
            for id in ids.dropLast() {
                #expect(metrics.last?["Expression"]?.string?.contains("FILL(\(id), 0)") == true)
            }
            // More an alarm cannot compute with.
            #expect(metrics.count <= 10)
        }
    }

    @Test func `one pair of rules looks at the executions of all jobs`() {
        let rules = graph.resources(of: "AWS::Events::Rule")
        #expect(rules.count == 2)
        for (name, rule) in rules {
            let machines = rule["EventPattern"]?["detail"]?["stateMachineArn"]?.array ?? []
            #expect(machines.count == Toys.all.count, "\(name)")
        }
    }

    @Test func `the dashboard has a row for every job, and no widget lies upon another`() throws {
        let text = graph.resources["Dashboard"]?["Properties"]?["DashboardBody"]?["Fn::Sub"]
        let body = try JSON(parsing: try #require(text?.string))
        let widgets = body["widgets"]?.array ?? []
        let places = widgets.map { "\($0["x"]?.int ?? -1) \($0["y"]?.int ?? -1)" }
        #expect(Set(places).count == widgets.count)
        #expect(widgets.allSatisfy { ($0["x"]?.int ?? 24) + 6 <= 24 })
        let titles = widgets.compactMap { $0["properties"]?["title"]?.string }
        for job in Toys.all { #expect(titles.contains("\(job.name): executions")) }
    }

    @Test(arguments: Deployed.allCases)
    func `what stays when the stack goes is told by outputs`(_ deployed: Deployed) {
        let kept = deployed.template.resources.filter { $0.deletionPolicy == .retain }
        let told = deployed.template.outputs.filter(\.isKept)
        #expect(told.count == kept.count)
        for resource in kept {
            #expect(
                told.contains {
                    TemplateGraph.references(in: $0.value).contains(resource.logicalID)
                },
                "\(resource.logicalID)")
        }
    }
}
