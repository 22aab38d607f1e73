from django.db import migrations, models
from django.db.models.functions import Abs, Coalesce


def weigh(apps, schema_editor):
    """Put all of the bills that nobody has weighed yet at stake, until they are checked again."""
    bills = apps.get_model("receipts", "Bill").objects
    bills.update(at_stake=Abs(Coalesce("total", models.Value(0), output_field=models.DecimalField())))


class Migration(migrations.Migration):
    dependencies = [("receipts", "0005_bill_imports")]
    operations = [
        migrations.AddField(
            model_name="bill",
            name="at_stake",
            field=models.DecimalField(decimal_places=2, default=0, max_digits=14),
        ),
        migrations.AddField(
            model_name="bill",
            name="risk",
            field=models.DecimalField(decimal_places=3, default=1, max_digits=4),
        ),
        migrations.RunPython(weigh, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="bill",
            index=models.Index(
                condition=models.Q(("status", "NEEDS_REVIEW")),
                fields=["store", "-at_stake", "-id"],
                name="bill_of_store_to_review",
            ),
        ),
    ]
