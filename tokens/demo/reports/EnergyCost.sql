-- What the demonstration's departments used in each month, and what that cost.

-- id: 2002
-- title: Energy Cost
-- organisation: 1
-- department: Department
-- order: Month, Department, Utility

-- parameter: Year; integer
-- parameter: Utility; choice; values All Utilities = "", Electricity, Gas, Water

SELECT substr(readings.day, 1, 7) AS "Month",
       meters.department AS "Department",
       meters.utility AS "Utility",
       round(sum(readings.consumption), 1) AS "Consumption",
       meters.unit AS "Unit",
       round(sum(readings.consumption * prices.price), 2) AS "Cost",
       'GBP' AS "Currency"
FROM readings
JOIN meters ON meters.meter = readings.meter
JOIN prices ON prices.utility = meters.utility AND prices.year = CAST(substr(readings.day, 1, 4) AS integer)
WHERE (:Year IS NULL OR prices.year = :Year)
  AND (:Utility IS NULL OR meters.utility = :Utility)
GROUP BY substr(readings.day, 1, 7), meters.department, meters.utility, meters.unit;
