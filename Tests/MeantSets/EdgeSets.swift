extension MeantSet {
    /// A set whose amounts have up to 38 digits at scales from 0 to 38, large ones taken back elsewhere, so
    /// that customers' sums stay small; in every fifth seed one customer's sum does not.
    public static func edgeOfDigits(seed: UInt64, customers: Int) -> MeantSet {
        var random = SplitMix(seed: seed)
        var set = MeantSet(dialect: seed % 2 == 0 ? .id : .reference)
        set.customers = (0..<customers).map { "C\($0)" }
        // Of each customer the amounts of its orders or their items, which cancel but for small ones.
        var amounts: [(customer: Int, amount: String)] = []
        for customer in 0..<customers {
            for _ in 0..<1 + random.next(below: 3) {
                let amount = edgeAmount(&random)
                amounts.append((customer, amount))
                amounts.append(
                    (customer, amount.hasPrefix("-") ? String(amount.dropFirst()) : "-" + amount))
            }
            if random.one(in: 2) {
                amounts.append(
                    (customer, random.pick(["0.01", "-12.345", "1.00000000000000000001"])))
            }
        }
        if seed % 5 == 0 {
            amounts.append((0, String(repeating: "9", count: 36)))
            amounts.append((0, "0." + String(repeating: "0", count: 37) + "1"))
        }
        amounts.shuffle(using: &random)
        if set.dialect == .id {
            // An order that is said again: only the last word counts.
            for (index, one) in amounts.enumerated() {
                if random.one(in: 3) {
                    set.orders.append(("O\(index)", "C\(one.customer)", edgeAmount(&random)))
                }
                set.orders.append(("O\(index)", "C\(one.customer)", one.amount))
            }
            set.items = [("O0", nil)]
        } else {
            for customer in 0..<customers {
                set.orders.append(("O\(customer)a", "C\(customer)", ""))
                set.orders.append(("O\(customer)b", "C\(customer)", ""))
            }
            set.items = amounts.map {
                ("O\($0.customer)\(random.pick(["a", "a", "b"]))", $0.amount)
            }
        }
        return set
    }

    /// Of as many digits as a field may have, or nearly, two behind the point counted.
    private static func edgeAmount(_ random: inout SplitMix) -> String {
        let scale = random.pick([0, 1, 2, 3, 19, 20, 37, 38, random.next(below: 39)])
        let most = 38 - max(0, 2 - scale)
        let count = random.pick([1, 18, 19, most - 1, most])
        let digits =
            random.one(in: 3)
            ? String(repeating: "9", count: count)
            : (0..<count).map { _ in String(random.next(below: 10)) }.joined()
        let padded = String(repeating: "0", count: max(0, scale + 1 - count)) + digits
        let point = padded.index(padded.endIndex, offsetBy: -scale)
        let sign = random.pick(["", "-"])
        return sign + padded[..<point] + (scale == 0 ? "" : "." + padded[point...])
    }
}
