# The public names of Poise and where each is defined: the one table, for type checkers and at run time.

from poise import (
    base as base,
)
from poise import (
    batches as batches,
)
from poise import (
    big as big,
)
from poise import (
    combine as combine,
)
from poise import (
    datasets as datasets,
)
from poise import (
    ensemble as ensemble,
)
from poise import (
    exceptions as exceptions,
)
from poise import (
    forensics as forensics,
)
from poise import (
    metrics as metrics,
)
from poise import (
    model_selection as model_selection,
)
from poise import (
    over_sampling as over_sampling,
)
from poise import (
    pipeline as pipeline,
)
from poise import (
    plot as plot,
)
from poise import (
    testing as testing,
)
from poise import (
    typing as typing,
)
from poise import (
    under_sampling as under_sampling,
)
from poise import (
    utils as utils,
)
from poise import (
    weights as weights,
)
from poise._api import (
    make_sampler as make_sampler,
)
from poise._api import (
    resample as resample,
)
from poise._methods import METHODS as METHODS
from poise._resampled import (
    Resampled as Resampled,
)
from poise._versions import show_versions as show_versions
from poise.batches import balanced_batches as balanced_batches
from poise.combine import (
    SMOTEENN as SMOTEENN,
)
from poise.combine import (
    Chain as Chain,
)
from poise.combine import (
    SMOTETomek as SMOTETomek,
)
from poise.comparison import compare as compare
from poise.core.plan.plan import (
    Lineage as Lineage,
)
from poise.core.plan.plan import (
    Plan as Plan,
)
from poise.core.sampling.allocation import Proportion as Proportion
from poise.core.sampling.allocation import Ratio as Ratio
from poise.core.tables.infer import infer_column_kinds as infer_column_kinds
from poise.diagnosis import (
    diagnose as diagnose,
)
from poise.diagnosis import (
    diagnose_resampled as diagnose_resampled,
)
from poise.function_sampler import FunctionSampler as FunctionSampler
from poise.over_sampling import (
    ADASYN as ADASYN,
)
from poise.over_sampling import (
    MGS as MGS,
)
from poise.over_sampling import (
    ROSE as ROSE,
)
from poise.over_sampling import (
    SMOTE as SMOTE,
)
from poise.over_sampling import (
    SMOTEN as SMOTEN,
)
from poise.over_sampling import (
    SMOTENC as SMOTENC,
)
from poise.over_sampling import (
    SVMSMOTE as SVMSMOTE,
)
from poise.over_sampling import (
    BorderlineSMOTE as BorderlineSMOTE,
)
from poise.over_sampling import (
    KMeansSMOTE as KMeansSMOTE,
)
from poise.over_sampling import (
    PolynomFitSMOTE as PolynomFitSMOTE,
)
from poise.over_sampling import (
    ProWSyn as ProWSyn,
)
from poise.over_sampling import (
    RandomOverSampler as RandomOverSampler,
)
from poise.over_sampling import (
    SafeLevelSMOTE as SafeLevelSMOTE,
)
from poise.pipeline import (
    Pipeline as Pipeline,
)
from poise.pipeline import (
    make_pipeline as make_pipeline,
)
from poise.under_sampling import (
    AllKNN as AllKNN,
)
from poise.under_sampling import (
    ClusterCentroids as ClusterCentroids,
)
from poise.under_sampling import (
    CondensedNearestNeighbour as CondensedNearestNeighbour,
)
from poise.under_sampling import (
    EditedNearestNeighbours as EditedNearestNeighbours,
)
from poise.under_sampling import (
    InstanceHardnessThreshold as InstanceHardnessThreshold,
)
from poise.under_sampling import (
    NearMiss as NearMiss,
)
from poise.under_sampling import (
    NeighbourhoodCleaningRule as NeighbourhoodCleaningRule,
)
from poise.under_sampling import (
    OneSidedSelection as OneSidedSelection,
)
from poise.under_sampling import (
    RandomUnderSampler as RandomUnderSampler,
)
from poise.under_sampling import (
    RepeatedEditedNearestNeighbours as RepeatedEditedNearestNeighbours,
)
from poise.under_sampling import (
    TomekLinks as TomekLinks,
)

__version__: str
