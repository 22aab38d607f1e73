from django.db import migrations

from receipts.categories import BUILT_IN


def fill(apps, schema_editor):
    Category = apps.get_model("catalog", "Category")
    for key, name in BUILT_IN.items():
        Category.objects.get_or_create(store=None, key=key, defaults={"name": name, "kind": "EXPENSE"})


class Migration(migrations.Migration):
    dependencies = [("receipts", "0001_initial"), ("catalog", "0001_initial")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
