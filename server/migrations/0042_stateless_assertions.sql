-- An assertion's challenge is made of its request and its id (decision 0074): only that it was used is written down, in
-- single_use. Challenges that are open now end with this; they live for a minute.
DROP TABLE assertions;
