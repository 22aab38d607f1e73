import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True
    replaces = [
        ('energy', '0001_initial'),
        ('energy', '0002_reading_imports'),
    ]

    dependencies = [
        ('core', '0001_squashed'),
    ]

    operations = [
        migrations.CreateModel(
            name='DeviceCategory',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('name', models.CharField(max_length=100)),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='device_categories', to='core.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(models.F('store'), django.db.models.functions.text.Lower('name'), name='device_category_name_once_in_a_store'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='device_category_has_a_name')],
            },
        ),
        migrations.CreateModel(
            name='Device',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('name', models.CharField(max_length=100)),
                ('location', models.CharField(blank=True, max_length=100)),
                ('status', models.CharField(choices=[('ACTIVE', 'Active'), ('INACTIVE', 'Inactive'), ('REMOVED', 'Removed')], default='ACTIVE', max_length=10)),
                ('metered', models.BooleanField(default=True)),
                ('rated_power_w', models.DecimalField(blank=True, decimal_places=3, max_digits=12, null=True)),
                ('avg_usage_hours', models.DecimalField(blank=True, decimal_places=3, max_digits=5, null=True)),
                ('in_use_from', models.DateField()),
                ('in_use_until', models.DateField(blank=True, null=True)),
                ('notes', models.CharField(blank=True, max_length=1000)),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='devices', to='core.store')),
                ('category', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='devices', to='energy.devicecategory')),
            ],
            options={
                'constraints': [models.UniqueConstraint(models.F('store'), django.db.models.functions.text.Lower('name'), name='device_name_once_in_a_store'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='device_has_a_name'), models.CheckConstraint(condition=models.Q(('status__in', ['ACTIVE', 'INACTIVE', 'REMOVED'])), name='device_status_is_known'), models.CheckConstraint(condition=models.Q(('rated_power_w__gte', 0)), name='device_power_is_not_negative'), models.CheckConstraint(condition=models.Q(('avg_usage_hours__gte', 0), ('avg_usage_hours__lte', 24)), name='device_hours_fit_into_a_day'), models.CheckConstraint(condition=models.Q(('in_use_until__gte', models.F('in_use_from'))), name='device_ends_after_it_began'), models.CheckConstraint(condition=models.Q(models.Q(('in_use_until', None), ('status', 'ACTIVE')), models.Q(models.Q(('status', 'ACTIVE'), _negated=True), ('in_use_until__isnull', False)), _connector='OR'), name='device_is_in_use_while_active')],
            },
        ),
        migrations.CreateModel(
            name='Reading',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('start', models.DateTimeField()),
                ('end', models.DateTimeField()),
                ('kwh', models.DecimalField(decimal_places=6, max_digits=16)),
                ('quality', models.CharField(choices=[('MEASURED', 'Measured'), ('ESTIMATED', 'Estimated'), ('CORRECTED', 'Corrected')], default='MEASURED', max_length=10)),
                ('location', models.CharField(blank=True, max_length=100)),
                ('notes', models.CharField(blank=True, max_length=500)),
                ('source', models.CharField(blank=True, max_length=100)),
                ('current', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('device', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='readings', to='energy.device')),
                ('entered_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('replaces', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='energy.reading')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.store')),
            ],
            options={
                'indexes': [models.Index(fields=['store', 'start'], name='reading_of_store')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('current', True)), fields=('device', 'start'), name='reading_once_a_start'), models.UniqueConstraint(condition=models.Q(('replaces__isnull', False)), fields=('replaces',), name='reading_replaced_once'), models.CheckConstraint(condition=models.Q(('end__gt', models.F('start'))), name='reading_ends_after_it_began'), models.CheckConstraint(condition=models.Q(('kwh__gte', 0)), name='reading_is_not_negative'), models.CheckConstraint(condition=models.Q(('quality__in', ['MEASURED', 'ESTIMATED', 'CORRECTED'])), name='reading_quality_is_known')],
            },
        ),
        migrations.CreateModel(
            name='ReadingImport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('device_name', models.CharField(blank=True, max_length=100)),
                ('file', models.CharField(blank=True, db_index=True, max_length=200)),
                ('filename', models.CharField(max_length=255)),
                ('unit', models.CharField(blank=True, max_length=5)),
                ('date_column', models.CharField(blank=True, max_length=100)),
                ('value_column', models.CharField(blank=True, max_length=100)),
                ('dry_run', models.BooleanField(default=False)),
                ('status', models.CharField(choices=[('QUEUED', 'Queued'), ('PROCESSING', 'Processing'), ('COMPLETED', 'Completed'), ('FAILED', 'Failed')], default='QUEUED', max_length=10)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('rows_total', models.PositiveIntegerField(default=0)),
                ('rows_done', models.PositiveIntegerField(default=0)),
                ('imported', models.PositiveIntegerField(default=0)),
                ('duplicates', models.PositiveIntegerField(default=0)),
                ('differing', models.PositiveIntegerField(default=0)),
                ('skipped', models.PositiveIntegerField(default=0)),
                ('kwh', models.CharField(default='0', max_length=40)),
                ('row_errors', models.JSONField(blank=True, default=list)),
                ('format', models.JSONField(blank=True, default=dict)),
                ('error', models.CharField(blank=True, max_length=500)),
                ('completed_at', models.DateTimeField(blank=True, null=True)),
                ('device', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='energy.device')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reading_imports', to='core.store')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['store', '-created_at'], name='reading_import_of_store')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['QUEUED', 'PROCESSING', 'COMPLETED', 'FAILED'])), name='reading_import_status_is_known')],
            },
        ),
        migrations.CreateModel(
            name='Tariff',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('name', models.CharField(blank=True, max_length=100)),
                ('valid_from', models.DateField()),
                ('price', models.DecimalField(decimal_places=6, max_digits=12)),
                ('currency', models.CharField(max_length=3)),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tariffs', to='core.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'valid_from'), name='tariff_once_a_day_in_a_store')],
            },
        ),
        migrations.CreateModel(
            name='TariffBand',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('weekdays', models.PositiveSmallIntegerField(default=127)),
                ('starts', models.TimeField()),
                ('ends', models.TimeField()),
                ('price', models.DecimalField(decimal_places=6, max_digits=12)),
                ('tariff', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bands', to='energy.tariff')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('weekdays__gte', 1), ('weekdays__lte', 127)), name='tariff_band_has_weekdays')],
            },
        ),
    ]
