-- The page of the pictures that have a caption of one source, in the order of adding: the index by source and status sorts
-- them by status first.

CREATE INDEX captions_source_id_image_id_idx ON captions (source_id, image_id);
