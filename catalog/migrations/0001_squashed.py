import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True
    replaces = [
        ('catalog', '0001_initial'),
    ]

    dependencies = [
        ('core', '0001_squashed'),
    ]

    operations = [
        migrations.CreateModel(
            name='Brand',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('name', models.CharField(max_length=200)),
                ('natural_key', models.CharField(blank=True, max_length=200)),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(models.F('store'), django.db.models.functions.text.Lower('name'), name='brand_name_once_in_a_store'), models.UniqueConstraint(condition=models.Q(('natural_key', ''), _negated=True), fields=('store', 'natural_key'), name='brand_natural_key_once'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='brand_has_a_name')],
            },
        ),
        migrations.CreateModel(
            name='Category',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(blank=True, max_length=50)),
                ('name', models.CharField(max_length=100)),
                ('kind', models.CharField(choices=[('EXPENSE', 'Expense'), ('PRODUCT', 'Product')], default='EXPENSE', max_length=10)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='children', to='catalog.category')),
                ('store', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='categories', to='core.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(models.F('store'), models.F('kind'), django.db.models.functions.text.Lower('name'), name='category_name_once_in_a_store'), models.UniqueConstraint(condition=models.Q(('store', None)), fields=('key',), name='category_built_in_key_once'), models.CheckConstraint(condition=models.Q(('store', None), ('key', ''), _connector='OR'), name='category_key_is_built_in')],
            },
        ),
        migrations.CreateModel(
            name='Collection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('name', models.CharField(max_length=200)),
                ('natural_key', models.CharField(blank=True, max_length=200)),
                ('brand', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='collections', to='catalog.brand')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.store')),
            ],
            options={
                'indexes': [models.Index(fields=['store', 'name', 'id'], name='collection_of_store_by_name')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('natural_key', ''), _negated=True), fields=('store', 'natural_key'), name='collection_natural_key_once'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='collection_has_a_name')],
            },
        ),
        migrations.CreateModel(
            name='Product',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('name', models.CharField(max_length=200)),
                ('sku', models.CharField(blank=True, max_length=64)),
                ('barcode', models.CharField(blank=True, max_length=64)),
                ('unit', models.CharField(blank=True, max_length=20)),
                ('unit_price', models.DecimalField(decimal_places=2, max_digits=14)),
                ('cost', models.DecimalField(decimal_places=2, max_digits=14, null=True)),
                ('tracks_stock', models.BooleanField(default=True)),
                ('stock_on_hand', models.DecimalField(decimal_places=3, default=0, max_digits=12)),
                ('low_stock_threshold', models.DecimalField(decimal_places=3, max_digits=12, null=True)),
                ('attributes', models.JSONField(blank=True, default=dict)),
                ('natural_key', models.CharField(blank=True, max_length=200)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
                ('brand', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='products', to='catalog.brand')),
                ('category', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='products', to='catalog.category')),
                ('collection', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='products', to='catalog.collection')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='products', to='core.store')),
            ],
            options={
                'indexes': [models.Index(fields=['store', 'name', 'id'], name='product_of_store_by_name'), models.Index(fields=['store', '-created_at', '-id'], name='product_of_store_by_entry')],
                'constraints': [models.UniqueConstraint(models.F('store'), django.db.models.functions.text.Lower('sku'), condition=models.Q(('sku', ''), _negated=True), name='product_sku_once_in_a_store'), models.UniqueConstraint(condition=models.Q(('barcode', ''), _negated=True), fields=('store', 'barcode'), name='product_barcode_once_in_a_store'), models.UniqueConstraint(condition=models.Q(('natural_key', ''), _negated=True), fields=('store', 'natural_key'), name='product_natural_key_once'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='product_has_a_name'), models.CheckConstraint(condition=models.Q(('unit_price__gte', 0)), name='product_price_not_negative'), models.CheckConstraint(condition=models.Q(('cost__isnull', True), ('cost__gte', 0), _connector='OR'), name='product_cost_not_negative'), models.CheckConstraint(condition=models.Q(('stock_on_hand__gte', 0)), name='product_stock_not_negative'), models.CheckConstraint(condition=models.Q(('low_stock_threshold__isnull', True), ('low_stock_threshold__gte', 0), _connector='OR'), name='product_threshold_not_negative')],
            },
        ),
        migrations.CreateModel(
            name='StockMove',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('PURCHASE', 'Purchase'), ('COUNT', 'Count'), ('WASTE', 'Waste'), ('SALE', 'Sale'), ('REFUND', 'Refund'), ('RESERVE', 'Reserve'), ('RELEASE', 'Release')], max_length=10)),
                ('quantity', models.DecimalField(decimal_places=3, max_digits=12)),
                ('stock_after', models.DecimalField(decimal_places=3, max_digits=12)),
                ('cause_kind', models.CharField(blank=True, max_length=20)),
                ('cause_key', models.CharField(blank=True, max_length=64)),
                ('note', models.CharField(blank=True, max_length=500)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='moves', to='catalog.product')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['product', '-created_at', '-id'], name='stock_move_of_product')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('cause_kind', ''), _negated=True), fields=('cause_kind', 'cause_key', 'product', 'kind'), name='stock_move_once_a_cause'), models.CheckConstraint(condition=models.Q(('kind', 'COUNT'), models.Q(('kind__in', ['PURCHASE', 'REFUND', 'RELEASE']), ('quantity__gt', 0)), models.Q(('kind__in', ['SALE', 'WASTE', 'RESERVE']), ('quantity__lt', 0)), _connector='OR'), name='stock_move_goes_the_way_of_its_kind'), models.CheckConstraint(condition=models.Q(('stock_after__gte', 0)), name='stock_move_leaves_no_debt'), models.CheckConstraint(condition=models.Q(models.Q(('cause_key', ''), ('cause_kind', '')), models.Q(('cause_kind', ''), ('cause_key', ''), _connector='OR', _negated=True), _connector='OR'), name='stock_move_cause_is_whole')],
            },
        ),
    ]
