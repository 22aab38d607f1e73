from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("receipts", "0006_review")]
    operations = [
        migrations.AddField(
            model_name="bill",
            name="taxes",
            field=models.JSONField(blank=True, default=list),
        ),
    ]
