"""The peer of a report: the table as a model, its serializer, and a list view, as DRF's tutorial has them."""

from django.db import models
from django.http import HttpRequest, JsonResponse
from django.urls import path
from rest_framework import generics, serializers


class Reading(models.Model):  # noqa: DJ008  # nobody sees one
    number = models.IntegerField(primary_key=True)
    meter = models.TextField()
    day = models.DateField()
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    note = models.TextField()

    class Meta:
        app_label = "peer"
        managed = False
        db_table = "readings"
        ordering = ["number"]


class ReadingSerializer(serializers.ModelSerializer[Reading]):
    class Meta:
        model = Reading
        fields = ["number", "meter", "day", "amount", "note"]


class Readings(generics.ListAPIView[Reading]):
    queryset = Reading.objects.all()
    serializer_class = ReadingSerializer


def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


urlpatterns = [path("healthz", healthz), path("readings", Readings.as_view())]
