#!/usr/bin/env python3
"""What the customer messages of a set must be, told by nothing but the csv module and Decimal.

    oracle.py DIRECTORY     one message a line, in the order in which customers first appear

It shares no code and no idea with Sluice: whole files in memory, one dictionary per question.
"""
import csv
import json
import sys
from decimal import Decimal, localcontext
from pathlib import Path


def records(directory, kind):
    """The records of the set's one file `kind` or `kind`s, by column name."""
    (path,) = [p for p in directory.glob("*.csv") if p.name.split("_")[0].rstrip("s") == kind]
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def money(amount):
    """At least two decimals, and no further zeros at the end: 149.97, 0.00, 12.345."""
    whole, _, decimals = f"{amount:f}".partition(".")
    return f"{whole}.{decimals.rstrip('0'):0<2}"


def messages(directory):
    customers, orders, items = (records(directory, kind) for kind in ("customer", "order", "item"))
    key = "customer_reference" if "customer_reference" in customers[0] else "customer_id"
    order_key = "order_reference" if "order_reference" in orders[0] else "order_id"
    last = {order[order_key]: order for order in orders}  # of a repeated order, the last record
    amounts = dict.fromkeys(last, Decimal(0))
    if "total_price" in items[0]:
        for item in items:
            if item[order_key] in amounts:
                amounts[item[order_key]] += Decimal(item["total_price"])
    else:
        amounts = {name: Decimal(order["amount"]) for name, order in last.items()}
    for name in dict.fromkeys(customer[key] for customer in customers):
        own = [number for number, order in last.items() if order[key] == name]
        yield (
            '{"type":"customer_message","customer_reference":%s,"number_of_orders":%d,'
            '"total_amount_spent":%s}'
            % (
                json.dumps(name, ensure_ascii=False),
                len(own),
                money(sum((amounts[number] for number in own), Decimal(0))),
            )
        )


if __name__ == "__main__":
    csv.field_size_limit(1 << 30)
    with localcontext() as context:
        context.prec = 200  # sums are exact
        for message in messages(Path(sys.argv[1])):
            print(message)
