import django.db.models.deletion
import sales.transitions
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True
    replaces = [
        ('sales', '0001_initial'),
        ('sales', '0002_orders_payments_shifts'),
        ('sales', '0003_refunds_in_order'),
        ('sales', '0004_orders_go_with_their_store'),
    ]

    dependencies = [
        ('catalog', '0001_squashed'),
        ('core', '0001_squashed'),
    ]

    operations = [
        migrations.CreateModel(
            name='Customer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('first_name', models.CharField(blank=True, max_length=100)),
                ('last_name', models.CharField(blank=True, max_length=100)),
                ('company', models.CharField(blank=True, max_length=200)),
                ('address', models.CharField(blank=True, max_length=500)),
                ('city', models.CharField(blank=True, max_length=100)),
                ('state', models.CharField(blank=True, max_length=100)),
                ('country', models.CharField(blank=True, max_length=100)),
                ('postal_code', models.CharField(blank=True, max_length=20)),
                ('phone', models.CharField(blank=True, max_length=50)),
                ('fax', models.CharField(blank=True, max_length=50)),
                ('email', models.CharField(blank=True, max_length=254)),
                ('notes', models.CharField(blank=True, max_length=1000)),
                ('natural_key', models.CharField(blank=True, max_length=200)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='customers', to='core.store')),
            ],
            options={
                'indexes': [models.Index(fields=['store', 'last_name', 'id'], name='customer_of_store_by_name'), models.Index(fields=['store', '-created_at', '-id'], name='customer_of_store_by_entry')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('natural_key', ''), _negated=True), fields=('store', 'natural_key'), name='customer_natural_key_once'), models.CheckConstraint(condition=models.Q(('company', ''), ('email', ''), ('first_name', ''), ('last_name', ''), ('phone', ''), _negated=True), name='customer_can_be_told_from_others')],
            },
        ),
        migrations.CreateModel(
            name='Order',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('number', models.PositiveIntegerField()),
                ('channel', models.CharField(choices=[('COUNTER', 'Counter'), ('TABLE', 'Table'), ('TAKEAWAY', 'Takeaway'), ('DELIVERY', 'Delivery'), ('PHONE', 'Phone'), ('ONLINE', 'Online'), ('IMPORT', 'Import')], max_length=10)),
                ('note', models.CharField(blank=True, max_length=1000)),
                ('status', models.CharField(choices=[(sales.transitions.Status['PENDING'], sales.transitions.Status['PENDING']), (sales.transitions.Status['IN_QUEUE'], sales.transitions.Status['IN_QUEUE']), (sales.transitions.Status['IN_PROGRESS'], sales.transitions.Status['IN_PROGRESS']), (sales.transitions.Status['READY'], sales.transitions.Status['READY']), (sales.transitions.Status['COMPLETED'], sales.transitions.Status['COMPLETED']), (sales.transitions.Status['REFUNDED'], sales.transitions.Status['REFUNDED']), (sales.transitions.Status['CANCELLED'], sales.transitions.Status['CANCELLED'])], max_length=12)),
                ('currency', models.CharField(max_length=3)),
                ('total', models.DecimalField(decimal_places=2, max_digits=14)),
                ('paid', models.DecimalField(decimal_places=2, default=0, max_digits=14)),
                ('version', models.PositiveIntegerField(default=1)),
                ('placed_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('natural_key', models.CharField(blank=True, max_length=200)),
                ('customer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='orders', to='sales.customer')),
                ('placed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='orders', to='core.store')),
            ],
            options={
                'indexes': [models.Index(fields=['store', '-placed_at', '-id'], name='order_of_store_by_time'), models.Index(fields=['store', '-closed_at', '-id'], name='order_of_store_by_end'), models.Index(condition=models.Q(('status__in', (sales.transitions.Status['PENDING'], sales.transitions.Status['IN_QUEUE'], sales.transitions.Status['IN_PROGRESS'], sales.transitions.Status['READY']))), fields=['store', 'placed_at'], name='order_in_queue'), models.Index(fields=['customer', '-placed_at'], name='order_of_customer')],
                'constraints': [models.UniqueConstraint(fields=('store', 'number'), name='order_number_once_in_a_store'), models.UniqueConstraint(condition=models.Q(('natural_key', ''), _negated=True), fields=('store', 'natural_key'), name='order_natural_key_once'), models.CheckConstraint(condition=models.Q(('status__in', ['PENDING', 'IN_QUEUE', 'IN_PROGRESS', 'READY', 'COMPLETED', 'REFUNDED', 'CANCELLED'])), name='order_status_is_known'), models.CheckConstraint(condition=models.Q(('total__gte', 0)), name='order_total_not_negative'), models.CheckConstraint(condition=models.Q(('paid__gte', 0), ('paid__lte', models.F('total'))), name='order_paid_up_to_its_total'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('status__in', (sales.transitions.Status['PENDING'], sales.transitions.Status['IN_QUEUE'], sales.transitions.Status['IN_PROGRESS'], sales.transitions.Status['READY']))), models.Q(models.Q(('status__in', (sales.transitions.Status['PENDING'], sales.transitions.Status['IN_QUEUE'], sales.transitions.Status['IN_PROGRESS'], sales.transitions.Status['READY'])), _negated=True), ('closed_at__isnull', False)), _connector='OR'), name='order_closed_with_its_time')],
            },
        ),
        migrations.CreateModel(
            name='OrderEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('before', models.CharField(blank=True, max_length=12)),
                ('after', models.CharField(max_length=12)),
                ('note', models.CharField(blank=True, max_length=500)),
                ('created_at', models.DateTimeField()),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='events', to='sales.order')),
            ],
            options={
                'indexes': [models.Index(fields=['order', 'created_at'], name='order_event_of_order')],
            },
        ),
        migrations.CreateModel(
            name='OrderLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('name', models.CharField(max_length=200)),
                ('quantity', models.DecimalField(decimal_places=3, max_digits=12)),
                ('unit_price', models.DecimalField(decimal_places=2, max_digits=14)),
                ('total', models.DecimalField(decimal_places=2, max_digits=14)),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='sales.order')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.RESTRICT, related_name='order_lines', to='catalog.product')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('order', 'position'), name='order_line_has_its_place'), models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='order_line_is_of_something'), models.CheckConstraint(condition=models.Q(('total__gte', 0), ('unit_price__gte', 0)), name='order_line_not_negative')],
            },
        ),
        migrations.CreateModel(
            name='Payment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('method', models.CharField(choices=[('CASH', 'Cash'), ('CARD', 'Card'), ('OTHER', 'Other')], max_length=5)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14)),
                ('refunded', models.DecimalField(decimal_places=2, default=0, max_digits=14)),
                ('status', models.CharField(choices=[('PENDING', 'Pending'), ('CAPTURED', 'Captured'), ('DECLINED', 'Declined')], max_length=8)),
                ('intent', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('reference', models.CharField(blank=True, max_length=200)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('idempotency_key', models.CharField(max_length=255)),
                ('fingerprint', models.CharField(max_length=64)),
                ('created_at', models.DateTimeField()),
                ('captured_at', models.DateTimeField(null=True)),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='payments', to='sales.order')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['order', 'created_at'], name='payment_of_order'), models.Index(condition=models.Q(('status', 'PENDING')), fields=['created_at'], name='payment_pending')],
                'constraints': [models.UniqueConstraint(fields=('order', 'idempotency_key'), name='payment_key_once_an_order'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='payment_is_of_something'), models.CheckConstraint(condition=models.Q(('refunded__gte', 0), ('refunded__lte', models.F('amount'))), name='payment_refunded_up_to_it'), models.CheckConstraint(condition=models.Q(models.Q(('captured_at__isnull', False), ('status', 'CAPTURED')), models.Q(models.Q(('status', 'CAPTURED'), _negated=True), ('captured_at', None), ('refunded', 0)), _connector='OR'), name='payment_captured_with_its_time'), models.CheckConstraint(condition=models.Q(('status__in', ['PENDING', 'CAPTURED', 'DECLINED'])), name='payment_status_is_known')],
            },
        ),
        migrations.CreateModel(
            name='Refund',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14)),
                ('status', models.CharField(choices=[('PENDING', 'Pending'), ('CAPTURED', 'Captured'), ('DECLINED', 'Declined')], max_length=8)),
                ('intent', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('reference', models.CharField(blank=True, max_length=200)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('decline', models.CharField(blank=True, max_length=500)),
                ('idempotency_key', models.CharField(max_length=255)),
                ('fingerprint', models.CharField(max_length=64)),
                ('created_at', models.DateTimeField()),
                ('captured_at', models.DateTimeField(null=True)),
                ('payment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='refunds', to='sales.payment')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['payment', 'created_at'], name='refund_of_payment')],
                'constraints': [models.UniqueConstraint(fields=('payment', 'idempotency_key'), name='refund_key_once_a_payment'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='refund_is_of_something'), models.CheckConstraint(condition=models.Q(models.Q(('captured_at__isnull', False), ('status', 'CAPTURED')), models.Q(('captured_at', None), ('status__in', ['PENDING', 'DECLINED'])), _connector='OR'), name='refund_captured_with_its_time')],
            },
        ),
        migrations.CreateModel(
            name='Shift',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('clock_in', models.DateTimeField()),
                ('clock_out', models.DateTimeField(null=True)),
                ('note', models.CharField(blank=True, max_length=500)),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='shifts', to='core.store')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['store', '-clock_in', '-id'], name='shift_of_store')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('clock_out', None)), fields=('store', 'user'), name='shift_open_once'), models.CheckConstraint(condition=models.Q(('clock_out', None), ('clock_out__gt', models.F('clock_in')), _connector='OR'), name='shift_ends_after_it_began')],
            },
        ),
    ]
