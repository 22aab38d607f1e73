"""Receipts in, bills changed."""

from __future__ import annotations

from typing import Any

import strawberry

from core import storage
from core.errors import Code, Refused
from core.roles import Permission
from receipts import bills, files, sorting, uploads
from receipts.models import Bill as BillModel
from schema.commands import Answer, Caller, Payload, command, given, value, written
from schema.receipts import inputs
from schema.receipts.types import Bill, Item, Merchant, ReceiptUpload


@strawberry.type(description="An upload, as it is now.")
class UploadPayload(Payload):
    upload: ReceiptUpload | None = written("The upload.", to="ReceiptUpload", key="upload")


@strawberry.type(description="A receipt that came in.")
class UploadReceiptPayload(Payload):
    upload: ReceiptUpload | None = written("The upload: follow its status.", to="ReceiptUpload", key="upload")
    duplicate: bool = value(
        "Whether the store had these very bytes before: this is the earlier upload.",
        key="duplicate",
        default=False,
    )


@strawberry.type(description="A bill, as it is now.")
class BillPayload(Payload):
    bill: Bill | None = written("The bill.", to="Bill", key="bill")


@strawberry.type(description="A line of a bill, as it is now.")
class ItemPayload(Payload):
    item: Item | None = written("The line.", to="Item", key="item")
    bill: Bill | None = written("Its bill.", to="Bill", key="bill")


@strawberry.type(description="A merchant, as it is now.")
class MerchantPayload(Payload):
    merchant: Merchant | None = written("The merchant.", to="Merchant", key="merchant")


@command(
    UploadReceiptPayload,
    description="Keep a photo, PDF or XML invoice; a worker reads it within seconds, and its bills appear.",
    needs=Permission.RECEIPT_UPLOAD,
)
def upload_receipt(caller: Caller, input: inputs.UploadReceiptInput) -> Answer:
    store = caller.store(input.store)
    file: Any = input.file
    if not hasattr(file, "chunks"):
        raise Refused(Code.REQUIRED, "Send the file as multipart/form-data.", "file")
    kept = files.keep(file=file, filename=file.name or "receipt")  # the file first, the row second

    def run() -> Answer:
        reader = input.reader.value if input.reader else ""
        upload, duplicate = uploads.take_in(store=store, by=caller.user, kept=kept, reader=reader)
        return {"upload": upload.pk, "duplicate": duplicate}

    answer = caller.once(run)
    storage.make_sure(kept.name, file)
    return answer


@command(UploadPayload, description="Queue a failed upload again.", needs=Permission.RECEIPT_UPLOAD)
def retry_upload(caller: Caller, input: inputs.UploadInput) -> Answer:
    upload = caller.find(input.upload, "ReceiptUpload", "upload")
    return {"upload": uploads.retry(upload=upload, by=caller.user).pk}


@command(
    UploadPayload,
    description="Read an upload again, by another reader perhaps; what people have set stays.",
    needs=Permission.RECEIPT_UPLOAD,
)
def extract_upload(caller: Caller, input: inputs.ExtractUploadInput) -> Answer:
    upload = caller.find(input.upload, "ReceiptUpload", "upload")
    reader = input.reader.value if input.reader else ""
    return caller.once(
        lambda: {"upload": uploads.read_again(upload=upload, by=caller.user, reader=reader).pk}
    )


@command(
    BillPayload,
    description="Enter a bill by hand, or one that a front end has read itself.",
    needs=Permission.BILL_EDIT,
)
def create_bill(caller: Caller, input: inputs.CreateBillInput) -> Answer:
    store = caller.store(input.store)
    if input.source not in (BillModel.Source.MANUAL, BillModel.Source.CLIENT):
        raise Refused(Code.INVALID, "A bill that is entered here is MANUAL or CLIENT.", "source")
    sent = {input.category, *(line.category for line in input.items)}
    found = caller.seen((id for id in sent if id), "Category")
    values = _values(caller, input, "store", "items", found=found)
    lines = [
        bills.NewItem(**_present(_values(caller, line, at=("items", str(place)), found=found)))
        for place, line in enumerate(input.items)
    ]
    new = bills.NewBill(**_present(values), items=tuple(lines))
    return caller.once(lambda: {"bill": bills.create(store=store, by=caller.user, new=new).pk})


@command(
    BillPayload,
    description="Change a bill; what you set, no later reading changes.",
    needs=Permission.BILL_EDIT,
)
def update_bill(caller: Caller, input: inputs.UpdateBillInput) -> Answer:
    bill = caller.find(input.bill, "Bill", "bill")
    changes = _values(caller, input, "bill")
    for required in ("status", "currency"):
        if changes.get(required, required) is None:
            raise Refused(Code.REQUIRED, "This cannot be emptied.", required)
    return {"bill": bills.update(bill=bill, by=caller.user, changes=changes).pk}


@command(
    BillPayload,
    description="Void a bill: it counts no more but stays, can be restored, and its bytes may come again.",
    needs=Permission.BILL_EDIT,
)
def delete_bill(caller: Caller, input: inputs.BillInput) -> Answer:
    return {"bill": bills.void(bill=caller.find(input.bill, "Bill", "bill"), by=caller.user).pk}


@command(BillPayload, description="Bring a void bill back for review.", needs=Permission.BILL_EDIT)
def restore_bill(caller: Caller, input: inputs.BillInput) -> Answer:
    return {"bill": bills.restore(bill=caller.find(input.bill, "Bill", "bill"), by=caller.user).pk}


@command(ItemPayload, description="Add a line at the end of a bill.", needs=Permission.BILL_EDIT)
def add_item(caller: Caller, input: inputs.AddItemInput) -> Answer:
    bill = caller.find(input.bill, "Bill", "bill")
    new = bills.NewItem(**_present(_values(caller, input, "bill")))
    return caller.once(
        lambda: {"item": bills.add_item(bill=bill, by=caller.user, new=new).pk, "bill": bill.pk}
    )


@command(ItemPayload, description="Change a line of a bill.", needs=Permission.BILL_EDIT)
def update_item(caller: Caller, input: inputs.UpdateItemInput) -> Answer:
    item = caller.find(input.item, "Item", "item")
    changes = _values(caller, input, "item")
    return {
        "item": bills.update_item(item=item, by=caller.user, changes=changes).pk,
        "bill": item.bill_id,
    }


@command(BillPayload, description="Strike a line off its bill.", needs=Permission.BILL_EDIT)
def remove_item(caller: Caller, input: inputs.RemoveItemInput) -> Answer:
    item = caller.find(input.item, "Item", "item")
    return {"bill": bills.remove_item(item=item, by=caller.user).pk}


@command(
    MerchantPayload,
    description="Rename a merchant; receipts with the old name still find it.",
    needs=Permission.BILL_EDIT,
)
def rename_merchant(caller: Caller, input: inputs.RenameMerchantInput) -> Answer:
    merchant = caller.find(input.merchant, "Merchant", "merchant")
    category = caller.see(input.category, "Category", "category") if input.category is not None else None
    renamed = sorting.rename_merchant(merchant=merchant, by=caller.user, name=input.name, category=category)
    return {"merchant": renamed.pk}


@command(
    MerchantPayload,
    description="Move all bills of a merchant to another and remove it.",
    needs=Permission.BILL_EDIT,
)
def merge_merchants(caller: Caller, input: inputs.MergeMerchantsInput) -> Answer:
    source = caller.find(input.source, "Merchant", "source")
    into = caller.find(input.into, "Merchant", "into")
    return {"merchant": sorting.merge_merchants(source=source, into=into, by=caller.user).pk}


def _values(
    caller: Caller,
    input: Any,
    *without: str,
    at: tuple[str, ...] = (),
    found: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Take what was sent, its category looked up, once for all that share `found`."""
    values = {name: sent for name, sent in given(input).items() if name not in without}
    found = {} if found is None else found
    id = values.get("category")
    if id is not None:
        values["category"] = found[id] = found.get(id) or caller.see(id, "Category", *at, "category")
    return values


def _present(values: dict[str, Any]) -> dict[str, Any]:
    """Leave out nulls: in a new row they mean the default."""
    return {name: sent for name, sent in values.items() if sent is not None}


@strawberry.type
class ReceiptMutations:
    upload_receipt = upload_receipt
    retry_upload = retry_upload
    extract_upload = extract_upload
    create_bill = create_bill
    update_bill = update_bill
    delete_bill = delete_bill
    restore_bill = restore_bill
    add_item = add_item
    update_item = update_item
    remove_item = remove_item
    rename_merchant = rename_merchant
    merge_merchants = merge_merchants
