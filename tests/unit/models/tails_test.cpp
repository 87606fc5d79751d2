// Tail probabilities against values of high precision (data/make_tail_values.py).
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "models/beta_binomial.h"
#include "models/negative_binomial.h"
#include "models/stirling.h"

namespace insight::models {
namespace {

struct Count {
  double count, mean, size, surprise;
};
struct Errors {
  double errors, calls, alpha, beta, surprise;
};

// Of the surprise itself, however far in the tail.
constexpr double kAccuracy = 1e-10;

TEST(NegativeBinomial, LogProbabilityIsAccurateAtEverySize) {
  constexpr Count kValues[] = {
      {3, .1, .5, 6.629589995886823},    {17.25, 4, .03, 6.5291019290848918}, {2e9, 1.9e9, 1e4, 31.112968544509741},
      {2e9, 1e3, 2, 3995996.3421452962}, {1e6, 1e6, 50, 12.780129232281044},  {0, 1e9, 5, 95.569139647561554},
      {1, 1e-7, 30, 16.118095754291653},
  };
  for (const Count& v : kValues) {
    EXPECT_NEAR(-negative_binomial_log_probability(v.count, v.mean, v.size) / v.surprise, 1.0, 1e-11) << v.count;
  }
}

TEST(NegativeBinomial, UpperTailReachesFar) {
  constexpr Count kValues[] = {
      {3, .1, .5, 6.4711654661452126},      {8, 1.5, 3, 5.6828179786220216},      {40, 10, 5, 8.5909577596309617},
      {200, 10, 5, 67.382437777684371},     {900, 500, 100, 21.081320764901307},  {5000, 20, 2, 470.42940351946296},
      {60, 20, 1e4, 28.41195649973816},     {400, 1e-3, 20, 3886.45056196533898}, {2e5, 1e3, 50, 9453.6715816305754},
      {5e4, 100, 1e4, 203829.069382544941}, {1e6, 10, 3, 262340.259258026613},
  };
  for (const Count& v : kValues) {
    EXPECT_NEAR(negative_binomial_upper(v.count, v.mean, v.size) / v.surprise, 1.0, kAccuracy) << v.count;
  }
}

TEST(NegativeBinomial, LowerTailReachesFar) {
  constexpr Count kValues[] = {
      {0, 5, 2, 2.505525936990736},         {2, 20, 8, 6.7999679365075358},       {50, 400, 30, 32.828549660034248},
      {0, 300, 50, 97.295507452765665},     {900, 3000, 200, 94.16390314173551},  {10, 80, 1e4, 50.908485984416451},
      {100, 1e5, 2e4, 35226.5590819803173}, {2e4, 5e5, 1e5, 128760.771699090966},
  };
  for (const Count& v : kValues) {
    EXPECT_NEAR(negative_binomial_lower(v.count, v.mean, v.size) / v.surprise, 1.0, kAccuracy) << v.count;
  }
}

TEST(NegativeBinomial, TailsOfCountsOfBillionsAreAsAccurate) {
  constexpr Count kUpper[] = {
      {2e9, 1, .5, 810930226.947594072},      {2e9, 1e9, 10, 5.29923529406341822},
      {2e9, 1.9e9, 1e4, 15.9974348295501957}, {2e9, 1.99e9, 1e6, 15.1471072780120087},
      {2e9, 1e-7, 1e4, 50656740002.8677421},
  };
  constexpr Count kLower[] = {
      {0, 2e9, 1e4, 122060.776455176738},
      {3, 2e9, 1e4, 122034.936608598488},
      {1e9, 2e9, 1e3, 196.828793561930427},
      {1.9e9, 2e9, 1e4, 15.4961320679730358},
  };
  for (const Count& v : kUpper) {
    EXPECT_NEAR(negative_binomial_upper(v.count, v.mean, v.size) / v.surprise, 1.0, kAccuracy) << v.mean;
  }
  for (const Count& v : kLower) {
    EXPECT_NEAR(negative_binomial_lower(v.count, v.mean, v.size) / v.surprise, 1.0, kAccuracy) << v.count;
  }
}

// Independent of the continued fraction: both tails together are everything, on either side of the mean.
TEST(NegativeBinomial, BothTailsTogetherAreEverything) {
  for (const double mean : {1e-5, 0.4, 1.0, 7.0, 130.0, 4e5}) {
    for (const double size : {0.01, 0.5, 1.0, 12.5, 3e3, 1e6, std::numeric_limits<double>::infinity()}) {
      for (const double distance : {-2.0, -0.5, 0.0, 0.1, 1.0, 3.0}) {
        const double count = std::floor(mean + distance * std::sqrt(mean + mean * (mean / size)));
        if (count < 1.0) continue;
        const double upper = std::exp(-negative_binomial_upper(count, mean, size));
        const double lower = std::exp(-negative_binomial_lower(count - 1.0, mean, size));
        EXPECT_NEAR(upper + lower, 1.0, 1e-12) << count << " of " << mean << " " << size;
        const double here = std::exp(negative_binomial_log_probability(count, mean, size));
        const double further = std::exp(-negative_binomial_upper(count + 1.0, mean, size));
        EXPECT_NEAR((here + further) / upper, 1.0, 1e-9) << count << " of " << mean << " " << size;
      }
    }
  }
}

TEST(NegativeBinomial, MoreIsNeverLessSurprising) {
  for (const double mean : {0.01, 3.0, 90.0, 2e4}) {
    for (const double size : {0.05, 2.0, 700.0}) {
      double upper = 0.0;
      double lower = std::numeric_limits<double>::infinity();
      for (double count = 0.0; count < 60.0 + 3.0 * mean; count += 1.0 + std::floor(mean / 100.0)) {
        EXPECT_GE(negative_binomial_upper(count, mean, size), upper) << count << " of " << mean << " " << size;
        EXPECT_LE(negative_binomial_lower(count, mean, size), lower) << count << " of " << mean << " " << size;
        upper = negative_binomial_upper(count, mean, size);
        lower = negative_binomial_lower(count, mean, size);
      }
    }
  }
}

// What may be given as 0 is never more than what is ignored.
TEST(NegativeBinomial, IgnoresNothingButTheIgnored) {
  constexpr double kIgnored = 4.0;
  int ignored = 0;
  for (double mean = 1e-3; mean < 1e8; mean *= 1.7) {
    for (double size = 0.002; size < 1e7; size *= 1.9) {
      for (double distance = -3.0; distance < 3.0; distance += 0.1) {
        const double count = std::max(std::floor(mean + distance * std::sqrt(mean + mean * (mean / size))), 0.0);
        const double upper = negative_binomial_upper(count, mean, size);
        const double lower = negative_binomial_lower(count, mean, size);
        const double upper_or_zero = negative_binomial_upper(count, mean, size, kIgnored);
        const double lower_or_zero = negative_binomial_lower(count, mean, size, kIgnored);
        ignored += upper_or_zero < upper || lower_or_zero < lower ? 1 : 0;
        EXPECT_TRUE(upper <= kIgnored || upper_or_zero == upper) << count << " of " << mean << " " << size;
        EXPECT_TRUE(lower <= kIgnored || lower_or_zero == lower) << count << " of " << mean << " " << size;
      }
    }
  }
  EXPECT_GT(ignored, 10000);
}

TEST(NegativeBinomial, NothingIsCertain) {
  EXPECT_EQ(negative_binomial_upper(0.0, 5.0, 2.0), 0.0);
  EXPECT_NEAR(negative_binomial_upper(1.0, 5.0, 2.0), -std::log1p(-std::pow(2.0 / 7.0, 2.0)), 1e-15);
  EXPECT_NEAR(negative_binomial_lower(0.0, 5.0, 2.0), 2.0 * std::log(3.5), 1e-14);
}

TEST(NegativeBinomial, ManyTimesTheSizeIsPoisson) {
  // P(X >= 10) for a Poisson mean of 3.
  const double surprise = -std::log(0.0011024881301154815);
  EXPECT_NEAR(negative_binomial_upper(10.0, 3.0, std::numeric_limits<double>::infinity()) / surprise, 1.0, 1e-12);
  EXPECT_NEAR(negative_binomial_upper(10.0, 3.0, 1e9) / surprise, 1.0, 1e-7);
}

TEST(NegativeBinomial, BoundsAreTheFirstCountsThatSurpriseEnough) {
  for (const double mean : {1e-6, 0.3, 4.0, 250.0, 3e6, 1.5e9}) {
    for (const double size : {0.2, 3.0, 80.0, 1e4}) {
      for (const double surprise : {2.0, 7.0, 25.0}) {
        const double upper = negative_binomial_upper_bound(surprise, mean, size);
        EXPECT_GE(negative_binomial_upper(upper, mean, size), surprise);
        EXPECT_LT(negative_binomial_upper(upper - 1.0, mean, size), surprise);
        const double lower = negative_binomial_lower_bound(surprise, mean, size);
        EXPECT_LT(negative_binomial_lower(lower + 1.0, mean, size), surprise);
        if (lower >= 0.0) {
          EXPECT_GE(negative_binomial_lower(lower, mean, size), surprise);
        } else {
          EXPECT_EQ(lower, -1.0);
        }
      }
    }
  }
}

TEST(BetaBinomial, UpperTailReachesFar) {
  constexpr Errors kValues[] = {
      {3, 10, .5, 20, 4.5232523442810159},
      {10, 100, 2, 98, 5.2858202013224998},
      {60, 100, 1, 99, 54.236282260765777},
      {400, 500, 5, 95, 112.35426982108709},
      {100, 100, .01, 3, 17.742645683587884},
      {1900, 2000, .4, .6, 2.4653324196939933305},   // errors pile up where everything fails
      {5, 1054, 15.38227647173749, 5084.365721849261, 1.4784584140978417945},
      {41, 1016919, 4.521006505753795e-05, 1.769160209402477, 7.7752701226988004823},
      {1e6, 2e9, 3, 6000, .86059505916314530109},
      {4e6, 2e9, 3, 6000, 7.569210857514315972},
      {1.999e9, 2e9, 5, 995, 7537.9618975732388791},
      {1e5, 2e9, .01, 9999, 5.1800801043409576397},
  };
  for (const Errors& v : kValues) {
    EXPECT_NEAR(beta_binomial_upper(v.errors, v.calls, v.alpha, v.beta) / v.surprise, 1.0, kAccuracy) << v.errors;
  }
  EXPECT_NEAR(beta_binomial_upper(2e9, 2e9, 1, 9999) / 132043.02126306202, 1.0, kAccuracy);   // a single term
}

// Summed one by one or not, the tail of n calls is that of the next number of errors and one term.
TEST(BetaBinomial, TailsDifferByTheirTerms) {
  for (const double calls : {600.0, 3000.0, 2e5, 2e9}) {
    for (const double alpha : {0.02, 0.9, 40.0}) {
      for (const double beta : {0.7, 3.0, 900.0}) {
        const double errors = std::floor(calls * alpha / (alpha + beta) * 1.2) + 2.0;
        if (errors >= calls) continue;
        const double here = std::exp(-beta_binomial_upper(errors, calls, alpha, beta));
        const double next = std::exp(-beta_binomial_upper(errors + 1.0, calls, alpha, beta));
        const double term = std::exp(beta_binomial_log_probability(errors, calls, alpha, beta));
        EXPECT_NEAR((next + term) / here, 1.0, 1e-10) << errors << " of " << calls << " " << alpha << " " << beta;
      }
    }
  }
}

TEST(BetaBinomial, LogProbabilityIsAccurateAtEverySize) {
  constexpr Errors kValues[] = {
      {3, 10, 0.5, 20, 4.7840522336316821},    {2e9, 2100000000.0, 5, 995, 3016.5652646646171},
      {2e9, 2e9, 1, 9999, 132043.02126306202}, {1e6, 2e9, 3, 6000, 14.212572566999804},
      {1, 2e9, 1e-06, 1, 13.815532551592134},
  };
  for (const Errors& v : kValues) {
    const double surprise = -beta_binomial_log_probability(v.errors, v.calls, v.alpha, v.beta);
    EXPECT_NEAR(surprise / v.surprise, 1.0, 1e-11) << v.errors;
  }
}

TEST(BetaBinomial, MoreErrorsThanCallsAreTakenAsAllCalls) {
  EXPECT_EQ(beta_binomial_upper(12.0, 10.0, 1.0, 50.0), beta_binomial_upper(12.0, 12.0, 1.0, 50.0));
}

TEST(BetaBinomial, BoundIsTheFirstNumberThatSurprisesEnough) {
  for (const double calls : {5.0, 60.0, 2e9}) {
    const double bound = beta_binomial_upper_bound(9.0, calls, 0.4, 40.0);
    if (bound > calls) {
      EXPECT_LT(beta_binomial_upper(calls, calls, 0.4, 40.0), 9.0);
      continue;
    }
    EXPECT_GE(beta_binomial_upper(bound, calls, 0.4, 40.0), 9.0);
    EXPECT_LT(beta_binomial_upper(bound - 1.0, calls, 0.4, 40.0), 9.0);
  }
}

TEST(Stirling, RestCompletesTheLogarithmOfAFactorial) {
  for (const double x : {1e-9, 0.5, 1.0, 7.0, 14.5, 15.0, 170.0}) {
    const double factorial = x * std::log(x) - x + stirling_rest(x);
    EXPECT_NEAR(factorial, std::lgamma(x + 1.0), 1e-13 * std::max(1.0, factorial)) << x;
  }
  EXPECT_EQ(stirling_rest(0.0), 0.0);
}

}  // namespace
}  // namespace insight::models
