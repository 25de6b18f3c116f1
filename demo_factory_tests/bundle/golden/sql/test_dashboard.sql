-- Rendered by demo-factory from demos/coffee.yaml: change that, and render again.
-- What dashboards show has to answer on the warehouse.
USE CATALOG {{catalog}};
USE IDENTIFIER({{schema}});

SELECT * FROM `spending` LIMIT 1000;
