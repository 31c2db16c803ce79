import JSON

/// What a run costs on AWS by a price list, computed exactly.
struct CostEstimate {
    private struct Line {
        var name: String
        var quantity: Amount
        var price: PriceList.Price
    }

    private let prices: PriceList
    private let lines: [Line]

    init(_ usage: RunUsage, _ prices: PriceList = .northVirginia) {
        self.prices = prices
        func line(_ name: String, _ count: Int, _ price: PriceList.Price) -> Line {
            Line(name: name, quantity: Amount(units: Int128(count), scale: 0), price: price)
        }
        lines = [
            line("stateTransitions", usage.stateTransitions, prices.stateTransition),
            line("lambdaRequests", usage.lambdaRequests, prices.lambdaRequest),
            Line(
                name: "lambdaDuration", quantity: Self.gigabyteSeconds(usage.megabyteMilliseconds),
                price: prices.lambdaGigabyteSecond),
            line("s3PutRequests", usage.putRequests, prices.putRequest),
            line("s3GetRequests", usage.getRequests, prices.getRequest),
            line("sqsRequests", usage.queueRequests, prices.queueRequest),
            line("dynamoDBWrites", usage.stages.tableWrites, prices.tableWrite),
        ].filter { $0.quantity.units != 0 }
    }

    /// A gigabyte has 1,024 megabytes here, a second 1,000 milliseconds; 1/1024 has ten decimal digits.
    private static func gigabyteSeconds(_ megabyteMilliseconds: Int) -> Amount {
        Amount(units: Int128(megabyteMilliseconds) * 9_765_625, scale: 13)
    }

    /// The sum in dollars.
    var total: Amount {
        lines.reduce(Amount(units: 0, scale: 0)) { Self.sum($0, Self.product($1)) }
    }

    var json: JSON {
        [
            "isEstimate": true, "currency": "USD",
            "prices": ["region": .string(prices.region), "date": .string(prices.date)],
            "total": Self.number(total),
            "lines": .array(
                lines.map { line in
                    [
                        "name": .string(line.name), "quantity": Self.number(line.quantity),
                        "unit": .string(line.price.unit),
                        "amount": Self.number(Self.product(line)),
                    ]
                }),
        ]
    }

    private static func product(_ line: Line) -> Amount {
        let price = price(line.price)
        return Amount(
            units: line.quantity.units * price.units, scale: line.quantity.scale + price.scale)
    }

    private static func price(_ price: PriceList.Price) -> Amount {
        let bytes = UnsafeBufferPointer(
            start: price.dollars.utf8Start, count: price.dollars.utf8CodeUnitCount)
        guard let amount = try? Amount(bytes) else {
            preconditionFailure("\(price.dollars) is no price")
        }
        return amount
    }

    /// Both have few digits behind the point, and far fewer before it than 128 bits leave room for.
    private static func sum(_ a: Amount, _ b: Amount) -> Amount {
        let scale = max(a.scale, b.scale)
        let units =
            a.units * Amount.powersOfTen[scale - a.scale]
            + b.units * Amount.powersOfTen[scale - b.scale]
        return Amount(units: units, scale: scale)
    }

    /// The shortest way to write it: no zeros at the end.
    private static func number(_ amount: Amount) -> JSON {
        if amount.scale == 0, let units = Int(exactly: amount.units) { return JSON(units) }
        var bytes: [UInt8] = []
        Amount.write(amount.units, scale: amount.scale, to: &bytes)
        return JSONNumber(String(decoding: bytes, as: UTF8.self)).map { .number($0) } ?? .null
    }
}
