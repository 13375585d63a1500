0D \q
Êì¼Cy*1)”ÞŠ
/OŸyNµITBAÅ»±ˆ =P`ƒaºÓf
@£
`•«G÷—^4UÏŠOaéqn®NB[