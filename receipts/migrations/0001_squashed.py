import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

from receipts.categories import BUILT_IN


def fill(apps, schema_editor):
    Category = apps.get_model("catalog", "Category")
    for key, name in BUILT_IN.items():
        Category.objects.get_or_create(store=None, key=key, defaults={"name": name, "kind": "EXPENSE"})


class Migration(migrations.Migration):

    initial = True
    replaces = [
        ('receipts', '0001_initial'),
        ('receipts', '0002_built_in_categories'),
        ('receipts', '0003_upload_progress'),
        ('receipts', '0004_bill_verified'),
        ('receipts', '0005_bill_imports'),
        ('receipts', '0006_review'),
        ('receipts', '0007_bill_taxes'),
        ('receipts', '0008_duplicates'),
        ('receipts', '0009_model_use'),
        ('receipts', '0010_rollups'),
    ]

    dependencies = [
        ('catalog', '0001_squashed'),
        ('core', '0001_squashed'),
    ]

    operations = [
        migrations.CreateModel(
            name='Merchant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('name', models.CharField(max_length=200)),
                ('category', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='catalog.category')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='merchants', to='core.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(models.F('store'), django.db.models.functions.text.Lower('name'), name='merchant_name_once_in_a_store')],
            },
        ),
        migrations.CreateModel(
            name='MerchantAlias',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200)),
                ('misread', models.BooleanField(default=False)),
                ('merchant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='aliases', to='receipts.merchant')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'name'), name='merchant_alias_once')],
            },
        ),
        migrations.CreateModel(
            name='ModelUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('readings', models.PositiveIntegerField(default=0)),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'day'), name='model_use_once_a_store_and_day')],
            },
        ),
        migrations.CreateModel(
            name='SpendDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('booked_on', models.DateField()),
                ('currency', models.CharField(max_length=3)),
                ('units', models.BigIntegerField(default=0)),
                ('count', models.BigIntegerField(default=0)),
                ('priced', models.BigIntegerField(default=0)),
                ('needs_review', models.BigIntegerField(default=0)),
                ('undated', models.BigIntegerField(default=0)),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'booked_on', 'currency'), name='spend_once_a_day')],
            },
        ),
        migrations.CreateModel(
            name='SpendGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('by', models.CharField(choices=[('CATEGORY', 'Category'), ('MERCHANT', 'Merchant'), ('ITEM', 'Item'), ('PRODUCT', 'Product')], max_length=10)),
                ('months', models.PositiveSmallIntegerField()),
                ('start', models.DateField()),
                ('currency', models.CharField(max_length=3)),
                ('key', models.BigIntegerField(default=0)),
                ('name', models.CharField(blank=True, max_length=500)),
                ('units', models.BigIntegerField(default=0)),
                ('thousandths', models.BigIntegerField(default=0)),
                ('count', models.BigIntegerField(default=0)),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'by', 'months', 'start', 'currency', 'key', 'name'), name='spend_once_a_group')],
            },
        ),
        migrations.CreateModel(
            name='Upload',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('file', models.CharField(max_length=200)),
                ('filename', models.CharField(max_length=255)),
                ('content_type', models.CharField(max_length=50)),
                ('size', models.PositiveIntegerField()),
                ('sha256', models.CharField(max_length=64)),
                ('superseded', models.CharField(blank=True, max_length=20)),
                ('status', models.CharField(choices=[('QUEUED', 'Queued'), ('PROCESSING', 'Processing'), ('COMPLETED', 'Completed'), ('FAILED', 'Failed')], default='QUEUED', max_length=12)),
                ('stage', models.CharField(choices=[('WAITING', 'Waiting'), ('READING', 'Reading'), ('POSTING', 'Posting'), ('DONE', 'Done')], default='WAITING', max_length=12)),
                ('progress', models.PositiveSmallIntegerField(default=0)),
                ('pages', models.PositiveSmallIntegerField(default=0)),
                ('pages_read', models.PositiveSmallIntegerField(default=0)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('not_before', models.DateTimeField()),
                ('lease', models.UUIDField(null=True)),
                ('lease_expires_at', models.DateTimeField(null=True)),
                ('error', models.CharField(blank=True, max_length=500)),
                ('wanted_reader', models.CharField(blank=True, max_length=20)),
                ('reader', models.CharField(blank=True, max_length=20)),
                ('fallback', models.CharField(blank=True, max_length=300)),
                ('duration_ms', models.PositiveIntegerField(null=True)),
                ('completed_at', models.DateTimeField(null=True)),
                ('raw', models.JSONField(null=True)),
                ('look', models.CharField(blank=True, max_length=64)),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='uploads', to='core.store')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('status', 'QUEUED')), fields=['not_before'], name='upload_queue'), models.Index(condition=models.Q(('status', 'PROCESSING')), fields=['lease_expires_at'], name='upload_leases'), models.Index(fields=['store', '-created_at'], name='upload_of_store')],
                'constraints': [models.UniqueConstraint(fields=('store', 'sha256', 'superseded'), name='upload_bytes_once_in_a_store')],
            },
        ),
        migrations.CreateModel(
            name='Bill',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('position', models.PositiveSmallIntegerField(default=1)),
                ('merchant_name', models.CharField(blank=True, max_length=200)),
                ('address', models.CharField(blank=True, max_length=500)),
                ('number', models.CharField(blank=True, max_length=100)),
                ('date', models.DateField(null=True)),
                ('time', models.TimeField(null=True)),
                ('booked_on', models.DateField()),
                ('currency', models.CharField(max_length=3)),
                ('subtotal', models.DecimalField(decimal_places=2, max_digits=14, null=True)),
                ('tax', models.DecimalField(decimal_places=2, max_digits=14, null=True)),
                ('tip', models.DecimalField(decimal_places=2, max_digits=14, null=True)),
                ('total', models.DecimalField(decimal_places=2, max_digits=14, null=True)),
                ('taxes', models.JSONField(blank=True, default=list)),
                ('status', models.CharField(choices=[('NEEDS_REVIEW', 'Needs Review'), ('CONFIRMED', 'Confirmed'), ('VOID', 'Void')], default='NEEDS_REVIEW', max_length=12)),
                ('source', models.CharField(choices=[('AI', 'Ai'), ('CLIENT', 'Client'), ('MANUAL', 'Manual'), ('IMPORT', 'Import')], max_length=10)),
                ('confidence', models.DecimalField(decimal_places=3, max_digits=4, null=True)),
                ('verified', models.BooleanField(default=False)),
                ('evidence', models.JSONField(blank=True, default=dict)),
                ('checks', models.JSONField(blank=True, default=list)),
                ('risk', models.DecimalField(decimal_places=3, default=1, max_digits=4)),
                ('at_stake', models.DecimalField(decimal_places=2, default=0, max_digits=14)),
                ('notes', models.CharField(blank=True, max_length=1000)),
                ('import_key', models.CharField(blank=True, max_length=64)),
                ('category', models.ForeignKey(on_delete=django.db.models.deletion.RESTRICT, related_name='+', to='catalog.category')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bills', to='core.store')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('merchant', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='bills', to='receipts.merchant')),
                ('upload', models.ForeignKey(null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='bills', to='receipts.upload')),
            ],
            options={
                'indexes': [models.Index(fields=['store', '-booked_on', '-id'], name='bill_of_store_by_day'), models.Index(fields=['store', '-total', '-id'], name='bill_of_store_by_total'), models.Index(fields=['store', '-created_at', '-id'], name='bill_of_store_by_entry'), models.Index(condition=models.Q(('status', 'NEEDS_REVIEW')), fields=['store', '-at_stake', '-id'], name='bill_of_store_to_review')],
                'constraints': [models.UniqueConstraint(fields=('upload', 'position'), name='bill_once_an_upload_and_position'), models.UniqueConstraint(condition=models.Q(('import_key', ''), _negated=True), fields=('store', 'import_key'), name='bill_imported_once')],
            },
        ),
        migrations.CreateModel(
            name='Duplicate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('score', models.DecimalField(decimal_places=3, max_digits=4)),
                ('reasons', models.JSONField(default=list)),
                ('bits', models.PositiveSmallIntegerField(null=True)),
                ('status', models.CharField(choices=[('OPEN', 'Open'), ('KEPT', 'Kept'), ('VOIDED', 'Voided')], default='OPEN', max_length=10)),
                ('resolved_at', models.DateTimeField(null=True)),
                ('earlier', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='receipts.bill')),
                ('later', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='receipts.bill')),
                ('resolved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.store')),
            ],
            options={
                'indexes': [models.Index(fields=['store', '-score', '-id'], name='duplicate_of_store_by_score')],
                'constraints': [models.UniqueConstraint(fields=('earlier', 'later'), name='duplicate_once_a_pair'), models.CheckConstraint(condition=models.Q(('earlier__lt', models.F('later'))), name='duplicate_in_order')],
            },
        ),
        migrations.CreateModel(
            name='Item',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('description', models.CharField(max_length=500)),
                ('quantity', models.DecimalField(decimal_places=3, default=1, max_digits=12)),
                ('unit', models.CharField(blank=True, max_length=20)),
                ('unit_price', models.DecimalField(decimal_places=4, max_digits=14, null=True)),
                ('discount', models.DecimalField(decimal_places=2, max_digits=14, null=True)),
                ('total', models.DecimalField(decimal_places=2, max_digits=14, null=True)),
                ('evidence', models.JSONField(null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('bill', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='receipts.bill')),
                ('category', models.ForeignKey(on_delete=django.db.models.deletion.RESTRICT, related_name='+', to='catalog.category')),
                ('product', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='purchases', to='catalog.product')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('bill', 'position'), name='item_position_once_in_a_bill')],
            },
        ),
        migrations.CreateModel(
            name='ItemName',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('spelling', models.CharField(max_length=200)),
                ('name', models.CharField(max_length=500)),
                ('category', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.category')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'spelling'), name='item_spelling_once_in_a_store')],
            },
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
