-- What the meters of the demonstration showed, day by day. How such a file is written: docs/reports.md

-- id: 2001
-- title: Meter Readings
-- organisation: 1
-- department: department
-- order: day, meter

-- parameter: From; date
-- parameter: To; date
-- parameter: Utility; choice; values All Utilities = "", Electricity, Gas, Water
-- parameter: Meter; text

-- column: day = Read On
-- column: meter = Meter
-- column: name = Meter Name
-- column: department = Department
-- column: utility = Utility
-- column: consumption = Consumption
-- column: unit = Unit

SELECT readings.day, meters.meter, meters.name, meters.department, meters.utility, readings.consumption, meters.unit
FROM readings
JOIN meters ON meters.meter = readings.meter
WHERE (:From IS NULL OR readings.day >= :From)
  AND (:To IS NULL OR readings.day <= :To)
  AND (:Utility IS NULL OR meters.utility = :Utility)
  AND (:Meter IS NULL OR meters.meter = :Meter);
